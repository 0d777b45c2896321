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

const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
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

/// An agent that uses the server at the last argument of this process: what the suite starts as a client.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the suite starts it"]
async fn as_client() -> TestResult {
    let Some(url) = std::env::args().next_back().filter(|url| url.starts_with("http")) else { return Ok(()) };
    let agent = super::support::agent(json!({ "suite": { "url": url, "prefix": "" } })).start().await?;
    let names = super::support::actions(&agent, "");
    if names.iter().any(|name| name == "ADD_NUMBERS") {
        agent.run_action("ADD_NUMBERS", json!({ "a": 5, "b": 3 })).await?;
    }
    if names.iter().any(|name| name == "TEST_RECONNECTION") {
        agent.run_action("TEST_RECONNECTION", json!({})).await?;
    }
    agent.stop().await;
    Ok(())
}

/// The scenarios of the suite for clients that do not sign in with OAuth. That of elicitation wants forms to be filled in with
/// their defaults: nobody can be asked in a turn, so an agent declines.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_a_client_as_the_suite_wants_it() -> TestResult {
    let tools = Tools::get()?;
    let own = std::env::current_exe()?;
    let command = format!("{} --ignored --exact mcp::conformance::as_client", own.display());
    for scenario in ["initialize", "tools_call", "sse-retry"] {
        let (_, told) = suite(&tools, &["client", "--command", &command, "--scenario", scenario]).await;
        if std::env::var_os("MCP_TELL").is_some() {
            eprintln!("{told}");
        }
        assert!(told.contains("0 failed") && !told.contains("FAILED"), "{scenario}\n{told}");
    }
    Ok(())
}
