//! How a model is asked: the part that stays the same, forms, budgets of tokens; and what is said where it has no answer.

use crate::support::{ask, start};
use galatea::{
    agent::Incoming,
    budget::estimated_tokens,
    model::{Format, ModelRequest, Purpose, Speaker},
    prelude::*,
    turn::{RunRecord, RunStatus, TurnEvent},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::{sync::Mutex, time::Duration};
use tokio::sync::Semaphore;

/// What the models here were asked, all tests together; each looks for its own word.
static SEEN: Mutex<Vec<ModelRequest>> = Mutex::new(Vec::new());

/// Lets the models go on that wait in the middle of an answer.
static GATE: Semaphore = Semaphore::const_new(0);

fn seen(word: &str) -> Vec<ModelRequest> {
    let seen = SEEN.lock().unwrap();
    let has = |request: &&ModelRequest| request.lines.iter().any(|line| line.text.contains(word));
    seen.iter().filter(has).cloned().collect()
}

async fn answer(request: &ModelRequest, chunks: &Chunks) -> ModelAnswer {
    SEEN.lock().unwrap().push(request.clone());
    let text = request.last_user_text();
    if text.contains("always") && !request.tools.is_empty() {
        let call = json!({ "name": "WEIGH", "arguments": { "size": "Small" } });
        return ModelAnswer::text(format!("<tool_call>{call}</tool_call>"));
    }
    if let Some((_, answer)) = text.split_once("in pieces ") {
        let (first, rest) = answer.split_once('|').unwrap();
        chunks.send(first).await;
        GATE.acquire().await.unwrap().forget();
        chunks.send(rest).await;
        return ModelAnswer::text(format!("{first}{rest}"));
    }
    if text.contains("nothing") || text.starts_with("(Your") {
        return ModelAnswer::text("");
    }
    ModelAnswer::text("A plain answer.")
}

/// Takes calls.
#[plugin("watched")]
pub struct Watched;

/// Answers, and keeps what it was asked.
#[model(TextLarge, tools, plugin = Watched)]
async fn watched(request: Request, chunks: Chunks) -> ModelAnswer {
    answer(&request, &chunks).await
}

#[derive(Debug, Deserialize, JsonSchema)]
enum Size {
    /// Not much.
    Small,
    /// Much.
    Large,
}

#[derive(Deserialize, JsonSchema)]
struct Thing {
    /// How large it is.
    size: Size,
}

/// What can be done.
#[plugin("scales")]
pub struct Scales;

/// Weighs a thing.
#[action(plugin = Scales)]
async fn weigh(Args(thing): Args<Thing>) -> String {
    format!("weighed {:?}", thing.size)
}

/// Waits.
#[action(plugin = Scales)]
async fn wait() {}

/// Tells something else in each turn.
#[provider(plugin = Scales)]
async fn news(message: Message) -> String {
    format!("The news of {}.", message.id)
}

fn character(more: &str) -> String {
    format!("name = \"Ada\"\n[plugins.watched]\n[plugins.scales]\n{more}")
}

/// What of a request comes before what changes.
fn beginning(request: &ModelRequest) -> String {
    format!("{}\n{}\n{:?}", request.system, serde_json::to_string(&request.tools).unwrap(), request.format)
}

/// From turn to turn of a room, who the agent is and what it can do is the same to the byte; the conversation only grows.
#[tokio::test]
async fn the_beginning_of_a_prompt_stays_the_same() {
    for form in ["native", "text", "schema"] {
        let agent = start(&character(&format!("[models]\ntools = \"{form}\""))).await;
        for text in ["one", "two", "three"] {
            ask(&agent, &format!("{text} stable-{form}")).await;
        }
        let requests = seen(&format!("stable-{form}"));
        assert_eq!(requests.len(), 3);
        for pair in requests.windows(2) {
            assert_eq!(beginning(&pair[0]), beginning(&pair[1]), "{form}");
            assert_ne!(pair[0].context, pair[1].context, "{form}: what providers tell is apart");
            let (before, after) = (&pair[0].lines, &pair[1].lines);
            assert_eq!(after[..before.len()], before[..], "{form}: the conversation grows at its end");
            assert_eq!(after.len(), before.len() + 2);
        }
        let names: Vec<&str> = requests[0].tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names, if form == "native" { vec!["WAIT", "WEIGH"] } else { vec![] });
    }
}

/// By schema: what fits is a decision, what names another action or other arguments does not fit.
#[tokio::test]
async fn actions_are_chosen_by_schema() {
    let agent = start(&character("[models]\ntools = \"schema\"")).await;
    let (said, record) = ask(&agent, "always by-schema").await;
    assert_eq!(said, ["A plain answer."], "the model that only ever calls is asked for words at last");
    assert_eq!(
        record.steps.len(),
        0,
        "a call in its own marks is no object by the schema: it was asked in another form"
    );
    let request = seen("by-schema").remove(0);
    let Format::Json(schema) = &request.format else { panic!("{:?}", request.format) };
    let schema = jsonschema::validator_for(schema).unwrap();
    for (answer, fits) in [
        (json!({ "actions": [], "text": "Hi" }), true),
        (json!({ "actions": [{ "name": "WEIGH", "arguments": { "size": "Small" } }], "text": "" }), true),
        (json!({ "actions": [{ "name": "WEIGH", "arguments": { "size": "Huge" } }], "text": "" }), false),
        (json!({ "actions": [{ "name": "FLY", "arguments": {} }], "text": "" }), false),
        (json!({ "text": "Hi" }), false),
    ] {
        assert_eq!(schema.is_valid(&answer), fits, "{answer}");
    }
    assert!(request.system.contains("- WEIGH: Weighs a thing."), "{}", request.system);
}

/// What is too long loses its oldest messages, and the record says what.
#[tokio::test]
async fn a_long_conversation_is_trimmed() {
    let agent = start(&character("[models]\ncontext-tokens = 900\n[limits]\nhistory = 200")).await;
    let mut records: Vec<RunRecord> = Vec::new();
    for number in 0..40 {
        let words = "a few words that add up, ".repeat(2);
        records.push(ask(&agent, &format!("{number:02} trimmed {words}")).await.1);
    }
    assert!(records[0].trimmed.is_empty(), "{:?}", records[0].trimmed);
    let trimmed = &records[39].trimmed[0];
    assert!(trimmed.before > 900 && trimmed.after <= 900 && trimmed.messages > 0, "{trimmed:?}");
    assert_eq!((trimmed.steps, trimmed.context), (0, 0));
    for request in seen("trimmed") {
        let text = serde_json::to_string(&request.lines).unwrap();
        assert!(request.lines.iter().map(|line| estimated_tokens(&line.text)).sum::<u64>() <= 900, "{text}");
        assert_eq!(request.lines[0].speaker, Speaker::User, "{text}");
    }
    let last = seen("39 trimmed").remove(0);
    assert!(last.last_user_text().starts_with("39 trimmed"), "the message itself stays");
    // What was left out does not begin anew in each turn, so that the beginning can be kept by a provider.
    let first = |number: usize| seen(&format!("{number:02} trimmed")).remove(0).lines[0].text.clone();
    let stays = (25..39).filter(|number| first(*number) == first(number + 1)).count();
    assert!(stays >= 7, "the beginning stayed the same in {stays} of 14 turns");
}

/// Counts a token for each word.
#[plugin("word-counter")]
pub struct WordCounter;

/// Counts.
#[model(TokenizerEncode, plugin = WordCounter)]
async fn counts(request: Request) -> Vec<u32> {
    request.last_user_text().split_whitespace().zip(0..).map(|(_, number)| number).collect()
}

/// A tokenizer corrects the guess: what seems too long is not trimmed where it fits.
#[tokio::test]
async fn a_tokenizer_is_asked() {
    let words = "word ".repeat(200);
    for (more, budget, trims) in
        [("", 300, true), ("[plugins.word-counter]", 800, false), ("[plugins.word-counter]", 300, true)]
    {
        let agent = start(&character(&format!("{more}\n[models]\ncontext-tokens = {budget}"))).await;
        ask(&agent, &format!("one {words}")).await;
        let (_, record) = ask(&agent, &format!("two {words}")).await;
        assert_eq!(!record.trimmed.is_empty(), trims, "{more} {budget}: {:?}", record.trimmed);
        let counted = record.model_calls.iter().any(|call| call.provider == "word-counter");
        assert_eq!(counted, !more.is_empty());
        if trims {
            let trimmed = &record.trimmed[0];
            assert_eq!((trimmed.messages, trimmed.wanted), (2, budget));
            assert_eq!(trimmed.budget > budget, counted, "{trimmed:?}");
        }
    }
}

/// Where a model gives nothing, also when it is asked again, the agent says so: in its own words if it has some.
#[tokio::test]
async fn there_are_words_for_no_answer() {
    for (more, said) in [
        ("", "I have no answer to that: the model gave none."),
        (
            "[templates]\nfailure = \"Sorry, {{ senderName }}. {{ problem }}\"",
            "Sorry, sam. I have no answer to that: the model gave none.",
        ),
        ("[templates]\nfailure = \" \"", "I have no answer to that: the model gave none."),
    ] {
        let agent = start(&character(more)).await;
        let (replies, record) = ask(&agent, "nothing at-all").await;
        assert_eq!(replies, [said]);
        assert_eq!(record.status, RunStatus::Completed);
        assert_eq!(record.model_calls.len(), 2, "asked, and asked again");
        assert_eq!(record.model_calls[0].problem.as_deref(), Some("was empty"));
    }
    let asked_again = seen("(Your last message was empty. Answer again.)");
    assert_eq!(asked_again.len(), 3);
    assert!(asked_again.iter().all(|request| request.purpose == Purpose::Decide && request.tools.len() == 2));
}

/// A model that never stops calling is stopped by the limit of steps, and puts what it got into words.
#[tokio::test]
async fn the_loop_has_an_end() {
    let agent = start(&character("[limits]\nsteps = 3")).await;
    let (said, record) = ask(&agent, "always weigh").await;
    assert_eq!(record.steps.len(), 3);
    assert_eq!(said, ["A plain answer."]);
    assert_eq!(record.model_calls.len(), 4);
}

/// In each form the text is shown before the answer is complete, and a turn can be cancelled there.
#[tokio::test]
async fn text_is_shown_while_it_comes() {
    for (form, first, rest) in [
        ("native", "One ", "two."),
        ("native", "<think>hm</think>One ", "two."),
        (
            "text",
            "<response><thought>hm</thought><actions>REPLY</actions><text>One ",
            "two.</text></response>",
        ),
        ("text", "One ", "two."),
        ("text", "{\"thought\":\"hm\",\"actions\":[],\"text\":\"One ", "two.\"}"),
        ("schema", "{\"actions\":[],\"text\":\"One ", "two.\"}"),
        ("schema", "{\"actions\":[], \"text\": \"One\\u0020", "two.\"}"),
    ] {
        for cancels in [false, true] {
            let agent = start(&character(&format!("[models]\ntools = \"{form}\""))).await;
            let text = format!("in pieces {first}|{rest}");
            let mut handle = agent.send(Incoming::direct("test", "room", "sam", &text)).await.unwrap();
            let shown = tokio::time::timeout(Duration::from_secs(20), async {
                loop {
                    if let Some(TurnEvent::Text(text)) = handle.next().await {
                        return text;
                    }
                }
            });
            let shown = shown.await.unwrap_or_else(|_| panic!("nothing is shown of {text}"));
            assert_eq!(shown.trim(), "One", "{text}");
            if cancels {
                handle.cancel();
                let (replies, record) = handle.finish().await;
                assert!(replies.is_empty(), "{text}: {replies:?}");
                assert_eq!(record.unwrap().status, RunStatus::Cancelled, "{text}");
                continue;
            }
            GATE.add_permits(1);
            let (replies, record) = handle.finish().await;
            assert_eq!(replies[0].content.text, "One two.", "{text}");
            assert_eq!(record.unwrap().model_calls.len(), 1);
        }
    }
}
