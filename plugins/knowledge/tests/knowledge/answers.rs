//! What a turn makes of documents: the prompt, the citations, the offline model.

use super::support::*;
use galatea::{
    memory::RoomKind,
    testing::{Script, TestResult},
};
use galatea_offline as _;
use serde_json::json;

const HANDBOOK: &str = "# Hotel\n\n## Breakfast\n\nBreakfast is served in the\ngreat hall from seven to ten.\n\n\
    ## Dogs\n\nDogs are welcome, except in the dining room.\n";

#[tokio::test]
async fn the_model_is_told_what_fits_and_the_reply_cites_it() -> TestResult {
    let folder = Folder::new(&[
        ("handbook.md", HANDBOOK),
        ("ferry.md", "The last ferry leaves at nine in the evening."),
    ]);
    let agent = agent(json!([folder.at("handbook.md"), folder.at("ferry.md")]))
        .model(
            Script::new()
                .says("It is in the great hall [1].")
                .says("The last ferry leaves at nine in the evening.")
                .says("Hello."),
        )
        .start()
        .await?;
    let turn = agent.says("Where is breakfast served?").await?;
    let prompt = agent.requests().last().ok_or("nothing was asked")?.request.context.clone();
    assert!(prompt.contains("# Knowledge\n"), "{prompt}");
    assert!(
        prompt.contains(
            "handbook.md, Hotel > Breakfast\nBreakfast is served in the great hall from seven to ten."
        ),
        "{prompt}"
    );
    let cited = cited(&turn);
    assert_eq!(cited.len(), 1, "{cited:?}");
    assert_eq!((cited[0].label.as_str(), &cited[0].source), ("1", &folder.name("handbook.md")));
    assert_eq!(cited[0].heading, ["Hotel", "Breakfast"]);
    let place = cited[0].characters.clone().ok_or("no place")?;
    let said: String =
        HANDBOOK.chars().skip(place.start as usize).take((place.end - place.start) as usize).collect();
    assert_eq!(said, "Breakfast is served in the\ngreat hall from seven to ten.");

    let turn = agent.says("When does the last ferry leave?").await?;
    assert_eq!(self::cited(&turn)[0].source, folder.name("ferry.md"), "a quotation is a citation");
    let turn = agent.says("Zzz qqq?").await?;
    assert!(self::cited(&turn).is_empty());
    assert!(!agent.requests().last().unwrap().request.context.contains("# Knowledge"), "nothing fits");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_offline_model_answers_from_files_and_cites_them() -> TestResult {
    let folder = Folder::new(&[("handbook.md", HANDBOOK)]);
    let agent = agent(json!([folder.at("handbook.md")]))
        .plugin::<galatea_offline::Offline>()
        .real_models()
        .start()
        .await?;
    let turn = agent.user("Ann").in_room("desk", RoomKind::Dm).says("Where is breakfast served?").await?;
    turn.assert_reply_contains("Breakfast is served in the great hall from seven to ten.");
    let cited = cited(&turn);
    assert_eq!(cited.len(), 1, "{turn}");
    assert_eq!(cited[0].heading, ["Hotel", "Breakfast"]);
    let turn = agent.user("Ann").in_room("desk", RoomKind::Dm).says("Are dogs welcome?").await?;
    turn.assert_reply_contains("Dogs are welcome, except in the dining room.");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_prompt_keeps_its_bounds() -> TestResult {
    let sources: Vec<String> = (0..30)
        .map(|n| {
            format!("Harbour note number {n}: the boat called Zephyr lies at quay {n} of the old harbour.")
        })
        .collect();
    let agent = agent(json!(sources))
        .config::<galatea_knowledge::Knowledge>(json!({ "results": 7, "prompt-tokens": 100 }))
        .model(Script::new().says("Aye.").forever())
        .start()
        .await?;
    agent.says("Where in the harbour does the Zephyr lie?").await?;
    let prompt = agent.requests().last().unwrap().request.context.clone();
    let told = prompt.matches("lies at quay").count();
    assert!((2..=5).contains(&told), "100 tokens, not 7 notes: {told}");
    let listed = agent.context("AVAILABLE_DOCUMENTS").await?;
    assert_eq!(listed.text.lines().count(), 31);
    agent.stop().await;
    Ok(())
}
