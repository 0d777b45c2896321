//! How documents and fragments are kept.

use super::support::*;
use galatea::{
    memory::MemoryKind,
    service::kind::{KnowledgeBase as _, KnowledgeChange, KnowledgeSource},
    testing::TestResult,
};
use galatea_knowledge::KnowledgeRead;
use serde_json::json;

#[tokio::test]
async fn a_long_document_is_cut_with_its_headings_and_places() -> TestResult {
    let mut text = String::from("# Guide\n");
    for part in 1..=3 {
        text.push_str(&format!("\n## Part {part}\n\n"));
        for line in 0..120 {
            text.push_str(&format!(
                "Sentence {line} of part {part} tells of the harbour and its {line} boats.\n"
            ));
        }
    }
    let folder = Folder::new(&[("guide.md", &text)]);
    let agent = agent(json!([folder.at("guide.md")])).start().await?;
    agent.event::<KnowledgeRead>().await?;
    let characters: Vec<char> = text.chars().collect();
    let fragments = memories(&agent, MemoryKind::Fragment).await;
    assert!(fragments.len() > 9, "{}", fragments.len());
    for fragment in &fragments {
        let heading = &fragment.metadata["heading"];
        assert_eq!(heading[0], "Guide");
        let (start, end) = (fragment.metadata["start"].as_u64(), fragment.metadata["end"].as_u64());
        let place = start.unwrap() as usize..end.unwrap() as usize;
        let said: String = characters[place].iter().collect();
        let (above, own) = fragment.content.text.split_once('\n').unwrap();
        assert_eq!(above, format!("Guide > {}", heading[1].as_str().unwrap()));
        assert_eq!(own, said, "the characters are those of the document");
    }
    let document = memories(&agent, MemoryKind::Document).await.remove(0);
    assert_eq!(document.metadata["fragments"], fragments.len());
    assert_eq!(document.metadata["title"], "Guide");
    assert!(document.content.text.len() < 1000, "the whole text is in the fragments only");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn documents_are_added_listed_and_removed_by_hand() -> TestResult {
    let folder = Folder::new(&[("in/a.md", "Alpha."), ("in/b.md", "Beta.")]);
    let agent = agent(json!(["Named by the character."]))
        .grant::<galatea_knowledge::Knowledge>("filesystem", &folder.path().display().to_string())
        .start()
        .await?;
    agent.event::<KnowledgeRead>().await?;
    let documents = documents(&agent);
    let seen = std::sync::Mutex::new(Vec::new());
    let told =
        |progress: &galatea::service::kind::KnowledgeProgress| seen.lock().unwrap().push(progress.clone());
    let added = documents.add(KnowledgeSource::Path(folder.path().join("in")), &told).await?;
    assert_eq!(
        added.documents.iter().map(|(_, change)| *change).collect::<Vec<_>>(),
        [KnowledgeChange::New; 2]
    );
    let seen = seen.into_inner()?;
    let last = seen.last().ok_or("no progress")?;
    assert_eq!((last.document, last.documents, last.bytes, last.of, last.fragments), (2, 2, 5, Some(5), 2));
    let text = KnowledgeSource::Text { text: "By hand.".to_owned(), title: Some("Note".to_owned()) };
    documents.add(text.clone(), &|_| {}).await?;
    assert_eq!(documents.add(text, &|_| {}).await?.documents[0].1, KnowledgeChange::Unchanged);
    let refused = documents.add(KnowledgeSource::Path("/etc/hostname".into()), &|_| {}).await;
    assert!(refused.unwrap_err().to_string().contains("[grants.knowledge] filesystem = [\"/etc/hostname\"]"));
    let missing = documents.add(KnowledgeSource::Path(folder.path().join("none.md")), &|_| {}).await;
    assert!(matches!(missing, Err(galatea::service::kind::KindFault::NotFound(_))), "{missing:?}");

    // What was added by hand stays when the sources are read again, and at the next start.
    documents.read_sources().await?;
    let agent = agent.restarted().await?;
    agent.event::<KnowledgeRead>().await?;
    let documents = self::documents(&agent);
    let listed = documents.documents().await?;
    let named: Vec<bool> = listed.iter().map(|one| one.named).collect();
    assert_eq!(listed.len(), 4, "{listed:?}");
    assert_eq!(named.iter().filter(|named| **named).count(), 1);
    let gone = documents.remove(&folder.name("in")).await?;
    assert_eq!(gone.len(), 2, "a folder means what is below it");
    assert_eq!(count(&agent, MemoryKind::Fragment).await, 2);
    assert!(documents.find("Alpha", 5).await?.is_empty());
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn another_way_of_cutting_cuts_anew() -> TestResult {
    let text = "One sentence after the other tells of the sea. ".repeat(100);
    let folder = Folder::new(&[("a.txt", &text)]);
    let store = std::sync::Arc::new(galatea::store::InMemory::new());
    let mut fragments = Vec::new();
    for (tokens, overlap) in [(500, 100), (500, 100), (100, 10)] {
        let config = json!({ "chunk-tokens": tokens, "overlap-tokens": overlap });
        let agent = agent(json!([folder.at("a.txt")]))
            .config::<galatea_knowledge::Knowledge>(config)
            .store(std::sync::Arc::clone(&store) as _)
            .start()
            .await?;
        let read = agent.event::<KnowledgeRead>().await?;
        fragments.push((read.new.len(), read.replaced.len(), count(&agent, MemoryKind::Fragment).await));
        agent.stop().await;
    }
    assert_eq!(
        (fragments[0].0, fragments[1].0, fragments[1].1, fragments[2].1),
        (1, 0, 0, 1),
        "{fragments:?}"
    );
    assert!(fragments[1].2 == fragments[0].2 && fragments[2].2 > 3 * fragments[0].2, "{fragments:?}");
    Ok(())
}
