//! What is read: files, folders, patterns, texts; what the character names itself; what changes.

use super::support::*;
use galatea::{
    memory::MemoryKind,
    testing::{TestAgent, TestResult},
};
use galatea_knowledge::{Knowledge, KnowledgeRead};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn every_kind_of_source_is_read() -> TestResult {
    let folder = Folder::new(&[
        ("docs/handbook.md", "# Handbook\n\n## Breakfast\n\nBreakfast is served from seven to ten."),
        (
            "docs/page.html",
            "<html><title>Ferries</title><h1>Ferries</h1><p>The ferry leaves from pier four.</p></html>",
        ),
        ("docs/picture.png", "no text"),
        ("notes/deep/n.txt", "The pharmacy is at Rope Street."),
    ]);
    folder.write("docs/rules.pdf", pdf("House rules", &["Dogs are welcome.", "Quiet after ten at night."]));
    let agent = agent(json!([
        folder.at("docs/"),
        { "path": folder.at("notes/**/*.txt") },
        "The key is under the mat.",
        { "text": "The cook is called Anna.", "title": "Staff" },
    ]))
    .start()
    .await?;
    let read = agent.event::<KnowledgeRead>().await?;
    assert_eq!((read.new.len(), read.failed.len()), (6, 0), "{read:?}");
    let documents = documents(&agent);
    for (question, source, title, heading, page) in [
        (
            "When is breakfast served?",
            folder.name("docs/handbook.md"),
            Some("Handbook"),
            vec!["Handbook", "Breakfast"],
            None,
        ),
        (
            "Where does the ferry leave from?",
            folder.name("docs/page.html"),
            Some("Ferries"),
            vec!["Ferries"],
            None,
        ),
        ("pharmacy", folder.name("notes/deep/n.txt"), None, vec![], None),
        ("When is it quiet at night?", folder.name("docs/rules.pdf"), Some("House rules"), vec![], Some(2)),
        (
            "Where is the key?",
            "The key is under the mat.".to_owned(),
            Some("The key is under the mat."),
            vec![],
            None,
        ),
        ("Who is the cook?", "Staff".to_owned(), Some("Staff"), vec![], None),
    ] {
        let hits = documents.find(question, 1).await?;
        let found = &hits.first().ok_or(question)?.citation;
        assert_eq!(
            (&found.source, found.title.as_deref(), &found.heading, found.page),
            (&source, title, &heading.into_iter().map(str::to_owned).collect(), page),
            "{question}"
        );
    }
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_the_character_names_itself_is_read_without_a_grant() -> TestResult {
    let folder = Folder::new(&[("a.md", "Alpha is a file."), ("b/c.txt", "Gamma is in a folder.")]);
    let character = json!({ "knowledge": [
        "Delta is a text.", { "path": folder.at("a.md") }, { "directory": folder.at("b"), "shared": true },
    ] });
    let agent = TestAgent::with::<Knowledge>().character(character).grants_only().start().await?;
    let read = agent.event::<KnowledgeRead>().await?;
    assert_eq!((read.new.len(), read.failed.len()), (3, 0), "{read:?}");
    for word in ["Alpha", "Gamma", "Delta"] {
        assert_eq!(documents(&agent).find(word, 5).await?.len(), 1, "{word}");
    }
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_source_needs_a_grant_before_anything_starts() -> TestResult {
    let folder = Folder::new(&[("a.md", "Alpha.")]);
    let sources = json!([folder.at("a.md"), "https://example.com/faq.html"]);
    let refused =
        agent(sources.clone()).grants_only().start().await.err().ok_or("it needs grants")?.to_string();
    assert!(refused.contains(&format!("filesystem = [\"{}\"]", folder.at("a.md"))), "{refused}");
    assert!(refused.contains("network = [\"example.com\"]"), "{refused}");
    // What is granted at the build is checked again when it is read: a link may lead elsewhere.
    #[cfg(unix)]
    {
        let outside = Folder::new(&[("secret.md", "Secret.")]);
        std::os::unix::fs::symlink(outside.at("secret.md"), folder.at("link.md")).unwrap();
        let agent = agent(json!([folder.at("link.md")]))
            .grants_only()
            .grant::<Knowledge>("filesystem", &folder.at("link.md"))
            .start()
            .await?;
        // The grant names the link itself, so it counts as what it points to.
        let read = agent.event::<KnowledgeRead>().await?;
        assert_eq!(read.failed.len(), 0, "{read:?}");
        agent.stop().await;
        let agent = self::agent(json!([folder.at("link.md")]))
            .grants_only()
            .grant::<Knowledge>("filesystem", &folder.path().display().to_string())
            .start()
            .await?;
        let read = agent.event::<KnowledgeRead>().await?;
        assert!(read.failed[0].1.contains("may not read"), "{read:?}");
        assert_eq!(count(&agent, MemoryKind::Fragment).await, 0);
        agent.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_read_or_kept_twice() -> TestResult {
    let text = "# Rules\n\nDogs are welcome in the garden.";
    let folder = Folder::new(&[("a.md", text), ("b.md", text), ("c.md", "Cats are not.")]);
    let agent = agent(json!([folder.at("a.md"), folder.at("./"), folder.at("*.md")])).start().await?;
    let read = agent.event::<KnowledgeRead>().await?;
    assert_eq!((read.new.len(), read.unchanged), (3, 0), "{read:?}");
    assert_eq!(count(&agent, MemoryKind::Document).await, 3);
    assert_eq!(count(&agent, MemoryKind::Fragment).await, 2, "one text, one set of fragments");
    let before = memories(&agent, MemoryKind::Fragment).await;
    let agent = agent.restarted().await?;
    let read = agent.event::<KnowledgeRead>().await?;
    assert_eq!((read.is_change(), read.unchanged), (false, 3), "{read:?}");
    assert_eq!(memories(&agent, MemoryKind::Fragment).await, before);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn files_that_change_are_read_again_while_the_agent_runs() -> TestResult {
    let folder = Folder::new(&[
        ("docs/a.md", "The password is apple."),
        ("docs/b.md", "Beta stays."),
        ("docs/x.md", "Gone soon."),
    ]);
    let agent = agent(json!([folder.at("docs")])).start().await?;
    agent.event::<KnowledgeRead>().await?;
    let documents = documents(&agent);
    folder.write("docs/a.md", "The password is banana.");
    folder.write("docs/new/c.txt", "The password of the cellar is cherry.");
    folder.delete("docs/x.md");
    let read = changed(&agent, 3).await?;
    assert_eq!(read.replaced, [folder.name("docs/a.md")]);
    assert_eq!(read.new, [folder.name("docs/new/c.txt")]);
    assert_eq!(read.removed, [folder.name("docs/x.md")]);
    let said: Vec<String> =
        documents.find("password", 5).await?.into_iter().map(|hit| hit.citation.text).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|text| !text.contains("apple")), "{said:?}");
    assert!(documents.find("Gone soon", 5).await?.is_empty());
    assert_eq!(count(&agent, MemoryKind::Fragment).await, 3, "nothing of before is left");
    // To look is no change: it comes to rest.
    let events = agent.events().of::<KnowledgeRead>().len();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(agent.events().of::<KnowledgeRead>().len() <= events + 1);
    agent.stop().await;
    Ok(())
}

/// What was read since the start, when it is so many documents.
async fn changed(
    agent: &TestAgent,
    count: usize,
) -> Result<KnowledgeRead, Box<dyn std::error::Error + Send + Sync>> {
    for _ in 0..200 {
        let mut all = KnowledgeRead::default();
        for read in agent.events().of::<KnowledgeRead>().into_iter().skip(1) {
            all.new.extend(read.new.clone());
            all.replaced.extend(read.replaced.clone());
            all.removed.extend(read.removed.clone());
        }
        if all.new.len() + all.replaced.len() + all.removed.len() >= count {
            return Ok(all);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("nothing was read: {:?}", agent.events().of::<KnowledgeRead>()).into())
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_keeps_nothing_else_from_it() -> TestResult {
    let folder = Folder::new(&[("good.md", "Good.")]);
    folder.write("broken.pdf", "%PDF-1.4 nothing of it");
    folder.write("binary.txt", b"a\0b");
    let agent = agent(json!([
        folder.at("broken.pdf"),
        folder.at("binary.txt"),
        folder.at("none.md"),
        folder.at("good.md")
    ]))
    .start()
    .await?;
    let read = agent.event::<KnowledgeRead>().await?;
    assert_eq!(read.new, [folder.name("good.md")]);
    let why = |part: &str| {
        read.failed.iter().find(|(source, _)| source.contains(part)).map(|(_, why)| why.as_str())
    };
    assert!(why("broken.pdf").unwrap_or_default().contains("this PDF cannot be read"), "{read:?}");
    assert!(why("binary.txt").unwrap_or_default().contains("it is no text"), "{read:?}");
    assert!(why("none.md").unwrap_or_default().contains("is not there"), "{read:?}");
    assert_eq!(count(&agent, MemoryKind::Fragment).await, 1);
    assert_eq!(count(&agent, MemoryKind::Custom("knowledge-begun".to_owned())).await, 0, "no note is left");
    agent.stop().await;
    Ok(())
}
