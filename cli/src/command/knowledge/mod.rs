//! `galatea knowledge`

mod args;
mod open;

pub(crate) use args::Knowledge;

use crate::{
    failure::Failure,
    output::{self, Bar, CODE, DIM, GOOD, STRONG, styled},
    start,
};
use args::{Add, KnowledgeWhat, List, Remove, Search};
use galatea::service::kind::{
    KnowledgeAdded, KnowledgeChange, KnowledgeDocument, KnowledgeHit, KnowledgeSource,
};
use open::{Opened, open};
use serde_json::json;
use std::process::ExitCode;

/// How many characters of a place are shown.
const SHOWN: usize = 300;

pub(super) fn run(args: &Knowledge) -> Result<ExitCode, Failure> {
    let runtime = start::runtime()?;
    runtime.block_on(async {
        match &args.what {
            KnowledgeWhat::Add(args) => add(args).await,
            KnowledgeWhat::List(args) => list(args).await,
            KnowledgeWhat::Remove(args) => remove(args).await,
            KnowledgeWhat::Search(args) => search(args).await,
        }
    })
}

async fn add(args: &Add) -> Result<ExitCode, Failure> {
    let wanted = open::sources(&args.sources)?;
    let opened = open(args.of.character.as_deref(), &wanted).await?;
    let texts = args.text.iter().map(|text| KnowledgeSource::Text { text: text.clone(), title: None });
    let all: Vec<KnowledgeSource> = wanted.into_iter().chain(texts).collect();
    let bar = Bar::new();
    let added = read(&opened, all, &bar).await;
    bar.finish();
    if added.documents.iter().any(|(_, change)| *change != KnowledgeChange::Unchanged) {
        // By its words it is found now; by its meaning when the agent has embedded it.
        if let Err(error) = opened.agent.memories_embedded().await {
            output::aside(&format!("embedded later: {error}"));
        }
    }
    opened.close().await;
    if args.of.json {
        output::json(&json!(added));
    } else {
        tell(&added);
    }
    Ok(if added.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads all sources; one that cannot be read does not keep the others from it.
async fn read(opened: &Opened, all: Vec<KnowledgeSource>, bar: &Bar) -> KnowledgeAdded {
    let mut added = KnowledgeAdded::default();
    for source in all {
        let name = open::name(&source);
        let told = |progress: &_| bar.show(progress);
        match opened.knowledge.add(source, &told).await {
            Ok(more) => {
                if more.documents.is_empty() && more.failed.is_empty() {
                    added.failed.push((name, "there is no document in it".to_owned()));
                }
                added.documents.extend(more.documents);
                added.failed.extend(more.failed);
            }
            Err(fault) => added.failed.push((name, fault.to_string())),
        }
    }
    added
}

fn tell(added: &KnowledgeAdded) {
    for (document, change) in &added.documents {
        let word = match change {
            KnowledgeChange::New => styled(GOOD, "new"),
            KnowledgeChange::Replaced => styled(GOOD, "replaced"),
            KnowledgeChange::Unchanged => styled(DIM, "unchanged"),
        };
        output::line(&format!("{word}  {}", in_words(document)));
    }
    for (source, why) in &added.failed {
        output::notice(&format!("{}  {source}: {why}", styled(output::BAD, "not read")));
    }
}

fn in_words(document: &KnowledgeDocument) -> String {
    let title = document.title.as_deref().filter(|title| *title != document.source);
    let title = title.map(|title| format!("  {title}")).unwrap_or_default();
    let fragments = match document.fragments {
        1 => "1 fragment".to_owned(),
        count => format!("{count} fragments"),
    };
    let size = styled(DIM, &format!("{}, {fragments}", bytes(document.bytes)));
    format!("{}{title}  {size}", styled(CODE, &document.source))
}

/// A size in the unit that suits it.
fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{}.{} kB", count / 1_000, count % 1_000 / 100),
        _ => format!("{}.{} MB", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

async fn list(args: &List) -> Result<ExitCode, Failure> {
    let opened = open(args.of.character.as_deref(), &[]).await?;
    let documents = opened.knowledge.documents().await;
    opened.close().await;
    let documents =
        documents.map_err(|fault| Failure::new(format!("the documents cannot be read: {fault}")))?;
    if args.of.json {
        output::json(&json!(documents));
    } else if documents.is_empty() {
        output::aside(
            "no documents yet; `galatea knowledge add` adds some, and those that the character names are read when it runs",
        );
    }
    for document in documents.iter().filter(|_| !args.of.json) {
        let whose = if document.named { "" } else { "  added by hand" };
        output::line(&format!("{}{}", in_words(document), styled(DIM, whose)));
    }
    Ok(ExitCode::SUCCESS)
}

async fn remove(args: &Remove) -> Result<ExitCode, Failure> {
    let opened = open(args.of.character.as_deref(), &[]).await?;
    let (mut gone, mut failed) = (Vec::new(), Vec::new());
    for document in &args.documents {
        match opened.knowledge.remove(document).await {
            Ok(removed) => gone.extend(removed),
            Err(fault) => failed.push((document, fault.to_string())),
        }
    }
    opened.close().await;
    if args.of.json {
        output::json(&json!({ "removed": gone, "failed": failed }));
    } else {
        for document in &gone {
            let again = if document.named {
                "  the character names it: it comes back when the agent runs"
            } else {
                ""
            };
            output::line(&format!("removed  {}{}", styled(CODE, &document.source), styled(DIM, again)));
        }
        for (_, why) in &failed {
            output::notice(&format!("{}  {why}", styled(output::BAD, "not removed")));
        }
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn search(args: &Search) -> Result<ExitCode, Failure> {
    let opened = open(args.of.character.as_deref(), &[]).await?;
    let hits = opened.knowledge.search(&args.question.join(" "), args.limit).await;
    opened.close().await;
    let hits = hits.map_err(|fault| Failure::new(format!("the knowledge cannot be searched: {fault}")))?;
    if args.of.json {
        output::json(&json!(hits));
    } else if hits.is_empty() {
        output::aside("nothing fits");
    }
    hits.iter().filter(|_| !args.of.json).for_each(tell_hit);
    Ok(ExitCode::SUCCESS)
}

fn tell_hit(hit: &KnowledgeHit) {
    let citation = &hit.citation;
    let place = styled(STRONG, &citation.place());
    output::line(&format!("[{}] {place}  {}", citation.label, styled(DIM, &format!("{:.4}", hit.score))));
    let text = citation.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = galatea::text::sentence::truncate_to_sentence(&text, SHOWN);
    output::line(&format!("    {text}"));
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_have_the_unit_that_suits_them() {
        for (count, text) in [(0, "0 B"), (999, "999 B"), (1_250, "1.2 kB"), (12_345_678, "12.3 MB")] {
            assert_eq!(super::bytes(count), text);
        }
    }
}
