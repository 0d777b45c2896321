//! A server of these tests, to do what others do seldom: it changes its tools, asks for the model, is cancelled.

use super::support::{actions, agent, until};
use galatea::{
    model::Purpose,
    prelude::*,
    testing::{Script, TestAgent, TestAgentBuilder, TestResult},
};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CreateMessageRequestParams,
        ListToolsResult, PaginatedRequestParams, SamplingMessage, ServerCapabilities, ServerConfig, Tool,
    },
    service::{Peer, RequestContext},
    transport::{
        StreamableHttpServerConfig, StreamableHttpService,
        streamable_http_server::session::local::LocalSessionManager,
    },
};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

/// What the server has and has seen.
#[derive(Clone, Default)]
struct Seen {
    tools: Arc<Mutex<Vec<Value>>>,
    peer: Arc<Mutex<Option<Peer<RoleServer>>>>,
    calls: Arc<Mutex<Vec<String>>>,
    cancelled: Arc<AtomicUsize>,
}

impl Seen {
    fn with(tools: Value) -> Self {
        Self { tools: Arc::new(Mutex::new(tools.as_array().unwrap().clone())), ..Self::default() }
    }

    /// Serves it; its settings.
    async fn serve(&self) -> Value {
        let seen = self.clone();
        let service = StreamableHttpService::new(
            move || Ok(seen.clone()),
            Arc::new(LocalSessionManager::default()),
            StreamableHttpServerConfig::default(),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = axum_router(service);
        tokio::spawn(async move { axum::serve(listener, app).await });
        json!({ "url": format!("http://{address}/mcp") })
    }

    async fn change(&self, tools: Value) {
        *self.tools.lock().unwrap() = tools.as_array().unwrap().clone();
        let peer = self.peer.lock().unwrap().clone().unwrap();
        peer.notify_tool_list_changed().await.unwrap();
    }
}

fn axum_router(service: StreamableHttpService<Seen, LocalSessionManager>) -> axum::Router {
    axum::Router::new().nest_service("/mcp", service)
}

impl ServerHandler for Seen {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        *self.peer.lock().unwrap() = Some(context.peer);
        let tools = self.tools.lock().unwrap().clone();
        let tools: Vec<Tool> = tools.into_iter().map(|tool| serde_json::from_value(tool).unwrap()).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.calls.lock().unwrap().push(request.name.to_string());
        match &*request.name {
            "wait" => {
                context.ct.cancelled().await;
                self.cancelled.fetch_add(1, Ordering::Relaxed);
                Err(ErrorData::internal_error("cancelled", None))
            }
            "think" => {
                let ask = CreateMessageRequestParams::new(
                    vec![SamplingMessage::user_text("What is two and two?")],
                    50,
                );
                let said = match context.peer.create_message(ask).await {
                    Ok(answer) => serde_json::to_string(&answer).unwrap(),
                    Err(error) => format!("refused: {error}"),
                };
                Ok(CallToolResult::success(vec![ContentBlock::text(said)]).into())
            }
            "fail" => Ok(CallToolResult::error(vec![ContentBlock::text("The disk is full.")]).into()),
            name => {
                Ok(CallToolResult::success(vec![ContentBlock::text(format!("{name} was called"))]).into())
            }
        }
    }
}

fn tool(name: &str) -> Value {
    json!({ "name": name, "description": format!("Does {name}."), "inputSchema": { "type": "object" } })
}

fn using(settings: Value) -> TestAgentBuilder {
    agent(json!({ "own": settings }))
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_change_between_turns_and_not_within_one() -> TestResult {
    let seen = Seen::with(json!([tool("one"), tool("fail")]));
    let script =
        Script::new().calls("OWN_ONE", json!({})).says("First.").calls("OWN_TWO", json!({})).says("Second.");
    let agent = using(seen.serve().await).model(script).start().await?;
    assert_eq!(actions(&agent, "OWN_"), ["OWN_FAIL", "OWN_ONE"]);
    let pinned = agent.parts();
    agent.says("One.").await?.assert_ran("OWN_ONE");
    seen.change(json!([tool("two"), tool("fail")])).await;
    until("the tools changed", || actions(&agent, "OWN_") == ["OWN_FAIL", "OWN_TWO"]).await;
    // Who began before still has what there was.
    assert!(pinned.actions.iter().any(|action| action.def.name == "OWN_ONE"));
    agent.says("Two.").await?.assert_ran("OWN_TWO");
    let failed = agent.run_action("OWN_FAIL", json!({})).await?;
    assert_eq!((failed.success, failed.summary()), (false, "The disk is full."));
    assert_eq!(*seen.calls.lock().unwrap(), ["one", "two", "fail"]);

    // Plugins that change do not take them away, and an unloaded plugin does.
    agent.plugins().enable("weather").await.map(drop).unwrap_or_default();
    assert_eq!(actions(&agent, "OWN_"), ["OWN_FAIL", "OWN_TWO"]);
    agent.plugins().disable("mcp").await?;
    assert!(actions(&agent, "OWN_").is_empty());
    agent.plugins().enable("mcp").await?;
    until("it is back", || actions(&agent, "OWN_") == ["OWN_FAIL", "OWN_TWO"]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_allowed_prefixed_and_never_twice() -> TestResult {
    let seen = Seen::with(
        json!([tool("get-it"), tool("getIt"), tool("not this"), { "name": "odd", "inputSchema": { "type": "object", "properties": { "x": { "type": 7 } } } }]),
    );
    let mut settings = seen.serve().await;
    settings["tools"] = json!(["get-it", "getIt", "odd"]);
    settings["prefix"] = json!("");
    let agent = using(settings).start().await?;
    assert_eq!(actions(&agent, "GET_IT"), ["GET_IT", "GET_IT_2"]);
    assert!(actions(&agent, "NOT").is_empty() && actions(&agent, "ODD").is_empty());
    let second = agent.run_action("GET_IT_2", json!({})).await?;
    assert_eq!(second.summary(), "getIt was called");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_turn_cancels_the_call() -> TestResult {
    let seen = Seen::with(json!([tool("wait")]));
    let script = Script::new().calls("OWN_WAIT", json!({}));
    let agent = using(seen.serve().await).model(script).start().await?;
    let mut turn = agent.user("Ann").begins("Wait.").await?;
    while !matches!(turn.next().await, Some(galatea::turn::TurnEvent::ActionStarted { .. })) {}
    until("the server is asked", || !seen.calls.lock().unwrap().is_empty()).await;
    turn.cancel();
    turn.finish().await;
    until("the server hears of it", || seen.cancelled.load(Ordering::Relaxed) == 1).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_is_for_servers_that_are_allowed_to_use_it() -> TestResult {
    for allowed in [false, true] {
        let seen = Seen::with(json!([tool("think")]));
        let mut settings = seen.serve().await;
        settings["sampling"] = json!(allowed);
        let script = Script::new()
            .on(Purpose::Other("mcp own".to_owned()), Script::new().says("Four.").forever())
            .calls("OWN_THINK", json!({}))
            .says("Thought.");
        let agent = using(settings).model(script).start().await?;
        let turn = agent.says("Think.").await?;
        let told = turn.result("OWN_THINK").unwrap().summary().to_owned();
        assert_eq!(told.contains("Four."), allowed, "{told}");
        assert_eq!(told.contains("refused"), !allowed, "{told}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_destroys_is_asked_for_first() -> TestResult {
    let mut erase = tool("erase");
    erase["annotations"] = json!({ "destructiveHint": true });
    let seen = Seen::with(json!([erase]));
    let script = Script::new().calls("OWN_ERASE", json!({})).says("Erased.");
    let agent = using(seen.serve().await).model(script).start().await?;
    let asked = agent.says("Erase it.").await?;
    asked.assert_reply_contains("May I run OWN_ERASE?");
    assert!(seen.calls.lock().unwrap().is_empty());
    agent.says("yes").await?.assert_replied("Erased.");
    assert_eq!(*seen.calls.lock().unwrap(), ["erase"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_person_is_found_again_after_a_restart_or_told_to_be_gone() -> TestResult {
    for is_gone in [false, true] {
        let mut erase = tool("erase");
        erase["annotations"] = json!({ "destructiveHint": true });
        let seen = Seen::with(json!([erase, tool("keep")]));
        let script = Script::new().calls("OWN_ERASE", json!({})).says("So it is.");
        let agent = using(seen.serve().await).model(script).start().await?;
        agent.says("Erase it.").await?.assert_reply_contains("May I run OWN_ERASE?");
        if is_gone {
            *seen.tools.lock().unwrap() = vec![tool("keep")];
        }
        let agent = agent.restarted().await?;
        until("its tools are there", || !actions(&agent, "OWN_KEEP").is_empty()).await;
        let turn = agent.says("yes").await?;
        let result = turn.result("OWN_ERASE").unwrap_or_else(|| panic!("{turn}"));
        assert_eq!(result.success, !is_gone, "{result:?}");
        assert_eq!(result.summary().contains("not there any more"), is_gone, "{result:?}");
        assert_eq!(seen.calls.lock().unwrap().len(), usize::from(!is_gone));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_is_run_by_its_name_without_a_model() -> TestResult {
    let seen = Seen::with(json!([tool("one")]));
    let agent: TestAgent = using(seen.serve().await).start().await?;
    let asked = galatea::agent::Incoming::direct("test", "desk", "Ann", "OWN_ONE {}");
    let handle = agent.perform(asked.clone(), "own_one", serde_json::Map::new()).await?;
    let (replies, record) = handle.finish().await;
    let record = record.unwrap();
    assert!(replies.is_empty() && record.model_calls.is_empty(), "{record:?}");
    assert_eq!(record.steps[0].result.as_ref().unwrap().summary(), "one was called");
    let (_, record) = agent.perform(asked, "nothing", serde_json::Map::new()).await?.finish().await;
    let result = record.unwrap().steps[0].result.clone().unwrap();
    assert!(!result.success && result.summary().contains("there is no action"), "{result:?}");
    // It stands in the journal like every run.
    let runs = agent.store().run(handle_run(&agent, "desk").await).await?;
    assert!(runs.is_some());
    Ok(())
}

async fn handle_run(agent: &TestAgent, room: &str) -> uuid::Uuid {
    let room = agent.place_id("test", room);
    let history = agent.store().snapshot(room, galatea::store::Window::newest(10)).await.unwrap().history;
    let result = history.iter().find(|memory| memory.kind == MemoryKind::ActionResult).unwrap();
    serde_json::from_value(result.metadata["run"].clone()).unwrap()
}
