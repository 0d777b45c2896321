//! The conformance suite of the protocol, from both sides.

use galatea::{
    memory::Attachment,
    prelude::*,
    testing::{TestAgent, TestResult},
};
use galatea_mcp::Mcp;
use galatea_mcp_testkit::Tools;
use galatea_server::{HttpServer, Server};
use serde_json::json;
use std::{collections::BTreeMap, process::Stdio};
use tokio::process::Command;

/// The tools that the suite wants of a server, as far as an action can be one.
#[plugin("fixtures")]
pub struct Fixtures;

const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SOUND: &str = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

fn file(id: &str, media_type: &str, data: &str) -> Attachment {
    Attachment {
        id: id.to_owned(),
        url: format!("data:{media_type};base64,{data}"),
        media_type: Some(media_type.to_owned()),
        ..Attachment::default()
    }
}

/// Gives a text.
#[action(plugin = Fixtures)]
async fn test_simple_text() -> ActionResult {
    ActionResult::text("This is a simple text response for testing.")
}

/// Gives a picture.
#[action(plugin = Fixtures)]
async fn test_image_content() -> ActionResult {
    ActionResult::text("A picture.").with_attachments(&[file("a", "image/png", PIXEL)])
}

/// Gives a sound.
#[action(plugin = Fixtures)]
async fn test_audio_content() -> ActionResult {
    ActionResult::text("A sound.").with_attachments(&[file("a", "audio/wav", SOUND)])
}

/// Gives a file.
#[action(plugin = Fixtures)]
async fn test_embedded_resource() -> ActionResult {
    ActionResult::text("A file.").with_attachments(&[file("a", "text/plain", "aGVsbG8=")])
}

/// Gives several things.
#[action(plugin = Fixtures)]
async fn test_multiple_content_types() -> ActionResult {
    let files = [file("a", "image/png", PIXEL), file("b", "application/json", "e30=")];
    ActionResult::text("Multiple content types test:").with_attachments(&files)
}

/// Fails.
#[action(plugin = Fixtures)]
async fn test_error_handling() -> Result<ActionResult, String> {
    Err("This tool intentionally returns an error for testing".to_owned())
}

/// Tells how far it is.
#[action(plugin = Fixtures)]
async fn test_tool_with_progress(agent: Agent, message: Message, state: State) -> ActionResult {
    let _ = state;
    let run = galatea::text::id::stable_id_for(message.id, "run");
    for progress in [0.0, 50.0, 100.0] {
        let news = galatea::event::ActionProgress {
            run: Some(run),
            room: Some(message.room),
            action: "TEST_TOOL_WITH_PROGRESS".to_owned(),
            progress,
            total: Some(100.0),
            message: None,
        };
        agent.emit(news).await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    ActionResult::text("done")
}

/// What the suite says: for each scenario, whether it passed.
async fn suite(tools: &Tools, arguments: &[&str]) -> (BTreeMap<String, bool>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(tools.node());
    command.arg(tools.conformance()).args(arguments).current_dir(folder.path()).stdin(Stdio::null());
    let done = command.output().await.unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let mut passed = BTreeMap::new();
    for line in told.lines() {
        let line = line.trim();
        let (is_good, rest) = match line.chars().next() {
            Some('✓') => (true, line.trim_start_matches('✓')),
            Some('✗') => (false, line.trim_start_matches('✗')),
            _ => continue,
        };
        if let Some((name, _)) = rest.trim().split_once(':') {
            passed.insert(name.to_owned(), is_good);
        }
    }
    (passed, told)
}

/// What our server passes. The other scenarios want tools that ask the client something, resources and prompts of the suite's
/// own, completions and log levels: an agent has none of these.
const SERVED: [&str; 12] = [
    "server-initialize",
    "ping",
    "tools-list",
    "tools-call-simple-text",
    "tools-call-image",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-mixed-content",
    "tools-call-error",
    "tools-call-with-progress",
    "resources-list",
    "prompts-list",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_passes_what_an_agent_can() -> TestResult {
    let tools = Tools::get()?;
    let agent = TestAgent::with::<Mcp>()
        .plugin::<Fixtures>()
        .named("Ada")
        .config::<Server>(json!({ "address": "127.0.0.1:0" }))
        .listens()
        .start()
        .await?;
    let url = format!("{}/mcp/ada", agent.service::<HttpServer>().unwrap().url().unwrap());
    let (passed, told) = suite(&tools, &["server", "--url", &url]).await;
    let good = passed.values().filter(|good| **good).count();
    eprintln!("conformance of the server: {good} of {} scenarios", passed.len());
    if std::env::var_os("MCP_TELL").is_some() {
        eprintln!("{told}");
    }
    for scenario in SERVED {
        assert_eq!(passed.get(scenario), Some(&true), "{scenario}\n{told}");
    }
    Ok(())
}
