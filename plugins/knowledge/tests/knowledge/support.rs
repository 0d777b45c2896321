//! Agents with documents.

use galatea::{
    citation::Citation,
    memory::MemoryKind,
    store::MemoryQuery,
    testing::{TestAgent, TestAgentBuilder, Turn},
};
use galatea_knowledge::{Documents, Knowledge};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

/// A folder of documents.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn delete(&self, name: &str) {
        std::fs::remove_file(self.path().join(name)).unwrap();
    }

    /// The whole path of a file in it.
    pub(super) fn at(&self, name: &str) -> String {
        self.path().join(name).display().to_string()
    }

    /// How the plugin calls a file in it: the folder is not the character's.
    pub(super) fn name(&self, name: &str) -> String {
        self.path().canonicalize().unwrap().join(name).display().to_string()
    }
}

/// An agent with these sources, which files are granted.
pub(super) fn agent(sources: Value) -> TestAgentBuilder {
    TestAgent::with::<Knowledge>().config::<Knowledge>(json!({ "sources": sources }))
}

pub(super) fn documents(agent: &TestAgent) -> Arc<Documents> {
    agent.service::<Documents>().unwrap()
}

/// How many memories of a kind the agent has.
pub(super) async fn count(agent: &TestAgent, kind: MemoryKind) -> u64 {
    agent.store().count_memories(&MemoryQuery { kind: Some(kind), ..MemoryQuery::default() }).await.unwrap()
}

/// Every memory of a kind.
pub(super) async fn memories(agent: &TestAgent, kind: MemoryKind) -> Vec<galatea::memory::Memory> {
    let query = MemoryQuery { kind: Some(kind), limit: 10_000, ..MemoryQuery::default() };
    agent.store().memories(&query).await.unwrap()
}

/// What the replies of a turn cite.
pub(super) fn cited(turn: &Turn) -> Vec<Citation> {
    let all = turn.messages().iter().filter_map(|reply| reply.content.extra.get("citations").cloned());
    all.flat_map(|cited| serde_json::from_value::<Vec<Citation>>(cited).unwrap()).collect()
}

/// A PDF whose pages have these texts, one line each.
pub(super) fn pdf(title: &str, pages: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!(
            "<< /Type /Pages /Count {} /Kids [{}] >>",
            pages.len(),
            (0..pages.len()).map(|page| format!("{} 0 R", 5 + 2 * page)).collect::<Vec<_>>().join(" ")
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        format!("<< /Title ({title}) >>"),
    ];
    for (page, text) in pages.iter().enumerate() {
        let content = format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            6 + 2 * page
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    file.extend(
        format!("trailer << /Size {size} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{table}\n%%EOF\n").bytes(),
    );
    file
}
