//! The reference server, over standard input and output and over HTTP.

use super::support::{actions, agent, standing, until};
use galatea::{
    event::ActionProgress,
    testing::{Script, TestAgent, TestResult},
};
use galatea_mcp::{Mcp, Standing};
use galatea_mcp_testkit::Tools;
use serde_json::{Value, json};
use std::{
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

/// How far an action was, each time that it told.
type Told = Arc<Mutex<Vec<(f64, Option<f64>)>>>;

/// The reference server as a program.
fn program(tools: &Tools) -> Value {
    json!({ "command": tools.node(), "args": [tools.everything(), "stdio"] })
}

/// The reference server at an address of its own.
struct Served {
    child: Child,
    port: u16,
}

impl Served {
    fn at(tools: &Tools, port: u16) -> Self {
        let mut command = Command::new(tools.node());
        command.arg(tools.everything()).arg("streamableHttp").env("PORT", port.to_string());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, port }
    }

    fn free_port() -> u16 {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    fn settings(&self) -> Value {
        json!({ "url": format!("http://127.0.0.1:{}/mcp", self.port) })
    }

    async fn is_there(&self) {
        let address = format!("127.0.0.1:{}", self.port);
        until("the reference server listens", || std::net::TcpStream::connect(&address).is_ok()).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Calls every tool of the reference server that can be called without a client's help, and looks at what it gives.
async fn use_every_tool(agent: &TestAgent) -> TestResult {
    let known = [
        "E_ECHO",
        "E_GET_ANNOTATED_MESSAGE",
        "E_GET_ENV",
        "E_GET_RESOURCE_LINKS",
        "E_GET_RESOURCE_REFERENCE",
        "E_GET_STRUCTURED_CONTENT",
        "E_GET_SUM",
        "E_GET_TINY_IMAGE",
        "E_GZIP_FILE_AS_RESOURCE",
        "E_SIMULATE_RESEARCH_QUERY",
        "E_TOGGLE_SIMULATED_LOGGING",
        "E_TOGGLE_SUBSCRIBER_UPDATES",
        "E_TRIGGER_LONG_RUNNING_OPERATION",
    ];
    assert_eq!(actions(agent, "E_"), known);
    let data = "data:text/plain,hello";
    for (action, arguments, told) in [
        ("E_ECHO", json!({ "message": "hello" }), "Echo: hello"),
        ("E_GET_SUM", json!({ "a": 2, "b": 3.5 }), "5.5"),
        ("E_GET_ENV", json!({}), "PATH"),
        ("E_GET_ANNOTATED_MESSAGE", json!({ "messageType": "error", "includeImage": true }), "image/png"),
        ("E_GET_RESOURCE_LINKS", json!({ "count": 2 }), "demo://resource"),
        ("E_GET_RESOURCE_REFERENCE", json!({ "resourceType": "Text", "resourceId": 1 }), "demo://resource"),
        ("E_GET_STRUCTURED_CONTENT", json!({ "location": "Chicago" }), "temperature"),
        ("E_GET_TINY_IMAGE", json!({}), "image/png"),
        (
            "E_GZIP_FILE_AS_RESOURCE",
            json!({ "name": "a.gz", "data": data, "outputType": "resource" }),
            "a.gz",
        ),
        ("E_TOGGLE_SIMULATED_LOGGING", json!({}), "logging"),
        ("E_TOGGLE_SUBSCRIBER_UPDATES", json!({}), "updates"),
        ("E_TRIGGER_LONG_RUNNING_OPERATION", json!({ "duration": 0.2, "steps": 2 }), "completed"),
    ] {
        let result = agent.run_action(action, arguments).await?;
        assert!(result.success && result.summary().contains(told), "{action}: {result:?}");
    }
    let picture = agent.run_action("E_GET_TINY_IMAGE", json!({})).await?;
    assert!(picture.attachments()[0].url.starts_with("data:image/png;base64,"));
    let weather = agent.run_action("E_GET_STRUCTURED_CONTENT", json!({ "location": "Chicago" })).await?;
    assert!(weather.data["temperature"].is_number(), "{weather:?}");
    let links = agent.run_action("E_GET_RESOURCE_LINKS", json!({ "count": 2 })).await?;
    assert_eq!(links.attachments().len(), 2);
    // The schema is held before the server is asked.
    let wrong = agent.run_action("E_GET_SUM", json!({ "a": "two", "b": 3 })).await?;
    assert!(!wrong.success && wrong.summary().contains('a'), "{wrong:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_of_a_program_is_an_action() -> TestResult {
    let tools = Tools::get()?;
    let mut settings = program(&tools);
    settings["prefix"] = json!("e");
    settings["env"] = json!({ "GALATEA_SAYS": "hello" });
    settings["resources"] = json!(["demo://resource/static/document/features.md"]);
    let agent = agent(json!({ "everything": settings })).start().await?;
    use_every_tool(&agent).await?;

    // Of the environment it has what it needs to run, and what the character gives it.
    let environment = agent.run_action("E_GET_ENV", json!({})).await?;
    assert!(environment.summary().contains("GALATEA_SAYS"), "{environment:?}");
    assert!(!environment.summary().contains("CARGO"), "nothing of ours: {environment:?}");

    let resource = json!({ "uri": "demo://resource/static/document/architecture.md" });
    let resource = agent.run_action("READ_MCP_RESOURCE", resource).await?;
    assert!(resource.success && resource.summary().len() > 100, "{resource:?}");
    let resource =
        agent.run_action("READ_MCP_RESOURCE", json!({ "uri": "demo://resource/dynamic/text/7" })).await?;
    assert!(
        resource.success && resource.summary().contains("demo://resource/dynamic/text/7"),
        "{resource:?}"
    );
    let prompt = json!({ "name": "args-prompt", "arguments": { "city": "Paris" } });
    let prompt = agent.run_action("GET_MCP_PROMPT", prompt).await?;
    assert!(prompt.success && prompt.summary().contains("Paris"), "{prompt:?}");
    let listed = agent.context("MCP").await?.text;
    for part in ["## everything (13 tools)", "architecture.md", "simple-prompt"] {
        assert!(listed.contains(part), "{part} in {listed}");
    }
    let pinned = agent.context("MCP_RESOURCES").await?.text;
    assert!(pinned.contains("features.md"), "{pinned}");
    agent.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_of_an_address_is_an_action() -> TestResult {
    let tools = Tools::get()?;
    let server = Served::at(&tools, Served::free_port());
    server.is_there().await;
    let mut settings = server.settings();
    settings["prefix"] = json!("e");
    let agent = agent(json!({ "everything": settings })).start().await?;
    use_every_tool(&agent).await?;
    agent.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_comes_with_the_reply_and_progress_is_told() -> TestResult {
    let tools = Tools::get()?;
    let script = Script::new()
        .calls("EVERYTHING_GET_TINY_IMAGE", json!({}))
        .says("Here it is.")
        .calls("EVERYTHING_TRIGGER_LONG_RUNNING_OPERATION", json!({ "duration": 1, "steps": 4 }))
        .says("Done.");
    let agent = agent(json!({ "everything": program(&tools) })).model(script).start().await?;
    let told: Told = Arc::default();
    let hears = Arc::clone(&told);
    let _hears = agent.on(move |news: Arc<ActionProgress>| {
        assert_eq!(news.action, "EVERYTHING_TRIGGER_LONG_RUNNING_OPERATION");
        hears.lock().unwrap().push((news.progress, news.total));
        async {}
    });
    let turn = agent.says("A picture, please.").await?;
    turn.assert_replied("Here it is.");
    let last = turn.messages().last().unwrap();
    assert_eq!(last.content.attachments.len(), 1, "{:?}", last.content);
    agent.says("And now something long.").await?.assert_replied("Done.");
    let told = told.lock().unwrap().clone();
    assert!(told.len() >= 3 && told.iter().all(|(_, total)| *total == Some(4.0)), "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_a_call_comes_back() -> TestResult {
    let tools = Tools::get()?;
    let port = Served::free_port();
    let mut server = Served::at(&tools, port);
    server.is_there().await;
    let agent = agent(json!({ "everything": server.settings() }))
        .model(
            Script::new()
                .calls("EVERYTHING_TRIGGER_LONG_RUNNING_OPERATION", json!({ "duration": 60, "steps": 60 }))
                .says("It broke."),
        )
        .patience(std::time::Duration::from_secs(90))
        .start()
        .await?;
    let mut turn = agent.user("Ann").begins("Do it.").await?;
    while !matches!(turn.next().await, Some(galatea::turn::TurnEvent::ActionStarted { .. })) {}
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    server.child.kill()?;
    server.child.wait()?;
    let (replies, record) = turn.finish().await;
    let step = &record.unwrap().steps[0];
    let result = step.result.clone().unwrap();
    assert!(!result.success && result.summary().contains("not known"), "{result:?}");
    assert_eq!(replies.last().unwrap().content.text, "It broke.");
    until("the server is missed", || matches!(standing(&agent), Standing::Down { .. })).await;

    let again = Served::at(&tools, port);
    again.is_there().await;
    until("it is connected again", || matches!(standing(&agent), Standing::Up { .. })).await;
    let result = agent.run_action("EVERYTHING_ECHO", json!({ "message": "again" })).await?;
    assert!(result.success, "{result:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_ends_with_the_agent_and_with_its_children() -> TestResult {
    let tools = Tools::get()?;
    // A shell that starts the server as its child, as `npx` does, and leaves another child alone.
    let seconds = format!("{}.5", 40_000 + std::process::id());
    let script =
        format!("sleep {seconds} & exec {} {} stdio", tools.node().display(), tools.everything().display());
    let settings = json!({ "command": "sh", "args": ["-c", script] });
    let agent = agent(json!({ "everything": settings })).start().await?;
    assert_eq!(actions(&agent, "EVERYTHING_").len(), 13);
    let sleeper = format!("sleep {seconds}");
    let sleepers = || {
        let listed = Command::new("ps").args(["-eo", "args"]).output().unwrap();
        String::from_utf8_lossy(&listed.stdout).lines().filter(|line| *line == sleeper).count()
    };
    assert_eq!(sleepers(), 1);
    agent.stop().await;
    until("its children have ended", || sleepers() == 0).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_started_or_called_that_is_not_granted() -> TestResult {
    for (settings, wanted) in [
        (json!({ "command": "rm", "args": ["-rf", "x"] }), "process"),
        (json!({ "url": "http://127.0.0.1:9/mcp" }), "network"),
    ] {
        let refused = agent(json!({ "x": settings })).grants_only().start().await.unwrap_err().to_string();
        assert!(refused.contains(wanted), "{refused}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_stops_nothing() -> TestResult {
    let begun = std::time::Instant::now();
    let agent = TestAgent::with::<Mcp>()
        .config::<Mcp>(json!({ "wait": "500ms", "servers": {
            "gone": { "url": "http://127.0.0.1:9/mcp" },
            "mute": { "command": "sleep", "args": ["600"] },
            "no-such": { "command": "no-such-program" },
        } }))
        .model(Script::new().says("Hello."))
        .start()
        .await?;
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    agent.says("Hello?").await?.assert_replied("Hello.");
    let service = agent.service::<galatea_mcp::McpServers>().unwrap();
    until("it is known", || {
        service.connections().iter().filter(|one| matches!(one.standing(), Standing::Down { .. })).count()
            == 2
    })
    .await;
    let services = agent.parts().services.clone();
    let service = services.iter().find(|service| service.def.name == "mcp-servers").unwrap();
    let health = service.health().await.unwrap_err();
    for part in ["gone", "mute is not reached yet", "no-such-program cannot be started"] {
        assert!(health.contains(part), "{part} in {health}");
    }
    agent.stop().await;
    Ok(())
}
