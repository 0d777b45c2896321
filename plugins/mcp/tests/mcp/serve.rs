//! The agent as a server, with clients that others wrote.

use super::support::until;
use galatea::{
    memory::{MemoryKind, Role},
    prelude::*,
    testing::{Script, TestAgent, TestAgentBuilder, TestResult},
};
use galatea_mcp::Mcp;
use galatea_mcp_testkit::Tools;
use galatea_server::{HttpServer, Server};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
};
use tokio::process::Command;

/// Things to do.
#[plugin("workshop")]
pub struct Workshop;

#[derive(Deserialize, JsonSchema)]
struct Numbers {
    /// The one.
    a: i64,
    /// The other.
    b: i64,
}

/// Adds two numbers.
#[action(plugin = Workshop, idempotent)]
async fn add(Args(numbers): Args<Numbers>) -> ActionResult {
    let sum = numbers.a + numbers.b;
    ActionResult { data: json!({ "sum": sum }), ..ActionResult::text(format!("{sum}")) }
}

/// Says something aloud, then does it.
#[action(plugin = Workshop)]
async fn hammer(reply: Reply) -> ActionResult {
    drop(reply.text("Mind your head.").await);
    ActionResult::text("hammered")
}

/// Breaks.
#[action(plugin = Workshop)]
async fn snap() -> Result<ActionResult, String> {
    Err("the saw broke".to_owned())
}

/// Takes everything apart.
#[action(plugin = Workshop, approval)]
async fn dismantle() -> ActionResult {
    ActionResult::text("dismantled")
}

/// For the owner's hands only.
#[action(plugin = Workshop, roles("owner"))]
async fn lock_up() -> ActionResult {
    ActionResult::text("locked")
}

static IDLED: AtomicUsize = AtomicUsize::new(0);

/// Takes its time.
#[action(plugin = Workshop)]
async fn idle(cancelled: Cancelled) -> ActionResult {
    IDLED.fetch_add(1, Ordering::Relaxed);
    cancelled.cancelled().await;
    ActionResult::text("enough")
}

fn served() -> TestAgentBuilder {
    TestAgent::with::<Mcp>()
        .plugin::<Workshop>()
        .named("Ada")
        .character(json!({ "bio": ["Keeps a workshop."], "message-examples": [[{ "name": "{{user1}}", "text": "Hello?" }, { "name": "Ada", "text": "Come in." }]] }))
        .config::<Server>(json!({ "address": "127.0.0.1:0" }))
        .listens()
}

fn url(agent: &TestAgent) -> String {
    format!("{}/mcp/ada", agent.service::<HttpServer>().unwrap().url().unwrap())
}

/// What the inspector says.
async fn inspect(tools: &Tools, url: &str, arguments: &[&str]) -> Value {
    let mut command = Command::new(tools.node());
    command.arg(tools.inspector()).arg(url).args(["--transport", "http"]).args(arguments);
    let done = command.stdin(Stdio::null()).output().await.unwrap();
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    let read = serde_json::from_str(&told);
    read.unwrap_or_else(|_| panic!("{arguments:?}: {told}{}", String::from_utf8_lossy(&done.stderr)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_sees_and_uses_an_agent() -> TestResult {
    let tools = Tools::get()?;
    let agent = served().model(Script::new().says("Come in.")).start().await?;
    // The inspector wants an address that ends so.
    let url = format!("{}/mcp", url(&agent));
    let listed = inspect(&tools, &url, &["--method", "tools/list"]).await;
    let names: Vec<&str> =
        listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    for name in ["chat", "add", "hammer", "snap", "dismantle", "lock_up"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let add = listed["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "add").unwrap();
    assert_eq!(
        (&add["annotations"]["idempotentHint"], &add["inputSchema"]["required"]),
        (&json!(true), &json!(["a", "b"]))
    );

    for (arguments, is_error, told) in [
        (vec!["--tool-name", "add", "--tool-arg", "a=2", "b=3"], false, json!("5")),
        (vec!["--tool-name", "hammer"], false, json!("Mind your head.")),
        (vec!["--tool-name", "snap"], true, json!("the saw broke")),
        (vec!["--tool-name", "lock_up"], false, json!("locked")),
        (vec!["--tool-name", "chat", "--tool-arg", "message=Hello?"], false, json!("Come in.")),
    ] {
        let result =
            inspect(&tools, &url, &[&["--method", "tools/call"], arguments.as_slice()].concat()).await;
        assert_eq!(
            (result["isError"] == json!(true), &result["content"][0]["text"]),
            (is_error, &told),
            "{arguments:?}: {result}"
        );
    }
    let asked = inspect(&tools, &url, &["--method", "tools/call", "--tool-name", "dismantle"]).await;
    assert!(asked["isError"] == json!(true) && asked.to_string().contains("May I run DISMANTLE?"), "{asked}");

    let room = inspect(&tools, &url, &["--method", "resources/list"]).await;
    assert!(room["resources"].to_string().contains("galatea://"), "{room}");
    let templates = inspect(&tools, &url, &["--method", "resources/templates/list"]).await;
    assert_eq!(templates["resourceTemplates"].as_array().unwrap().len(), 3);
    let prompts = inspect(&tools, &url, &["--method", "prompts/list"]).await;
    assert_eq!(prompts["prompts"][1]["name"], "example-1");
    let prompt = inspect(&tools, &url, &["--method", "prompts/get", "--prompt-name", "example-1"]).await;
    assert_eq!(
        prompt["messages"][1],
        json!({ "role": "assistant", "content": { "type": "text", "text": "Come in." } })
    );
    // Each call is a run with its record.
    let runs = agent
        .store()
        .memories(&galatea::store::MemoryQuery { kind: Some(MemoryKind::ActionResult), ..Default::default() })
        .await?;
    assert_eq!(runs.len(), 4, "{runs:?}");
    Ok(())
}

/// Drives the agent with the client for Python.
const PYTHON: &str = r#"
import asyncio, sys
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

async def main():
    async with streamable_http_client(sys.argv[1]) as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            info = await session.initialize()
            assert info.server_info.title == "Ada", info
            assert "workshop" in info.instructions, info
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            assert tools["dismantle"].annotations.destructive_hint is True
            result = await session.call_tool("add", {"a": 20, "b": 22})
            assert result.structured_content == {"sum": 42}, result
            result = await session.call_tool("add", {"a": "x"})
            assert result.is_error and "b" in result.content[0].text, result
            try:
                await session.call_tool("nothing", {})
                raise SystemExit("there is no such tool")
            except Exception as error:
                assert "there is no tool" in str(error), error
            news = []
            async def progress(done, total, message):
                news.append(message)
            result = await session.call_tool("chat", {"message": "Hello?", "conversation": "one"}, progress_callback=progress)
            assert result.content[0].text == "Good evening, what can I do?", result
            assert news and "Good".startswith(news[0][:4]), news
            resources = (await session.list_resources()).resources
            room = [one for one in resources if "/rooms/" in str(one.uri)]
            said = [(await session.read_resource(str(one.uri))).contents[0].text for one in room]
            assert any("Hello?" in text and "Ada: Good evening" in text for text in said), said
            root = str(resources[0].uri).split("/rooms/")[0]
            found = await session.read_resource(root + "/search?q=good%20evening")
            assert "Good evening" in found.contents[0].text, found
            try:
                await session.read_resource(root + "/memories/00000000-0000-0000-0000-000000000000")
                raise SystemExit("there is no such memory")
            except Exception as error:
                assert "nothing at" in str(error), error
            prompt = await session.get_prompt("persona")
            assert "Keeps a workshop." in prompt.messages[0].content.text, prompt
            try:
                await asyncio.wait_for(session.call_tool("idle", {}), 1)
                raise SystemExit("it did not end")
            except (TimeoutError, asyncio.TimeoutError):
                pass
    print("all is well")

asyncio.run(main())
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_client_for_python_sees_and_uses_an_agent() -> TestResult {
    let tools = Tools::get()?;
    let script = Script::new().streams(["Good ", "evening, ", "what can I do?"]);
    let agent = served().model(script).start().await?;
    let mut command = Command::from(tools.python());
    let done = command.arg("-c").arg(PYTHON).arg(url(&agent)).output().await?;
    let told = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(told.contains("all is well"), "{told}");
    Ok(())
}

/// One request of the protocol.
async fn post(url: &str, headers: &[(&str, &str)], body: &Value) -> (u16, String, Option<String>) {
    let mut command = Command::new("curl");
    command.args([
        "-s",
        "-i",
        "-X",
        "POST",
        url,
        "-H",
        "content-type: application/json",
        "-H",
        "accept: application/json, text/event-stream",
        "-m",
        "10",
    ]);
    for (name, value) in headers {
        command.arg("-H").arg(format!("{name}: {value}"));
    }
    let done = command.arg("-d").arg(body.to_string()).output().await.unwrap();
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    let status = told.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let session = told
        .lines()
        .find_map(|line| Some(line.to_ascii_lowercase().strip_prefix("mcp-session-id:")?.trim().to_owned()));
    (status, told, session)
}

fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_who_may_not() -> TestResult {
    let agent = served().config::<Server>(json!({ "anonymous": "never" })).start().await?;
    let (status, told, _) = post(&url(&agent), &[], &initialize()).await;
    assert!(status == 401 && told.contains("\"jsonrpc\":\"2.0\""), "{told}");
    let open = served().named("Bob").start().await?;
    let at = url(&open).replace("/ada", "/bob");
    let only = at.replace("/mcp/bob", "/mcp");
    assert_eq!(post(&only, &[], &initialize()).await.0, 200);
    for (headers, wanted) in [
        (vec![("host", "evil.example")], 401),
        (vec![("origin", "https://evil.example")], 401),
        (vec![], 200),
    ] {
        let (status, told, _) = post(&at, &headers, &initialize()).await;
        assert!(status == wanted || (wanted == 401 && status == 403), "{headers:?}: {told}");
    }
    let (status, told, _) = post(&at.replace("/bob", "/carl"), &[], &initialize()).await;
    assert!(status == 404 && told.contains("there is no agent"), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_that_change_are_told_and_an_unloaded_plugin_is_gone() -> TestResult {
    let agent = served().start().await?;
    let url = url(&agent);
    let (status, told, session) = post(&url, &[], &initialize()).await;
    let session = session.unwrap_or_else(|| panic!("{status}: {told}"));
    let headers = [("mcp-session-id", session.as_str())];
    let (status, ..) =
        post(&url, &headers, &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    assert_eq!(status, 202);
    let log = tempfile::NamedTempFile::new()?;
    let mut listens = Command::new("curl");
    listens.args([
        "-s",
        "-N",
        &url,
        "-H",
        "accept: text/event-stream",
        "-H",
        &format!("mcp-session-id: {session}"),
        "-o",
    ]);
    let mut listens = listens.arg(log.path()).kill_on_drop(true).spawn()?;
    let heard = || std::fs::read_to_string(log.path()).unwrap_or_default();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    agent.plugins().disable("workshop").await?;
    until("it is told", || heard().contains("notifications/tools/list_changed")).await;
    let (_, listed, _) =
        post(&url, &headers, &json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" })).await;
    assert!(listed.contains("\"chat\"") && !listed.contains("hammer"), "{listed}");
    agent.plugins().disable("mcp").await?;
    let (status, ..) =
        post(&url, &headers, &json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/list" })).await;
    assert_eq!(status, 404);
    listens.kill().await?;
    assert!(Role::Owner > Role::Member);
    Ok(())
}
