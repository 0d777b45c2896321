//! What is sent: prompts with what stays in front, calls with their results, pictures, schemas, hints for caches.

use super::support::{Answer, KEY, MODEL, Server, Wired};
use galatea::{
    model::{Line, ModelRequest, Parameters, Purpose, Speaker, TextSink, Tool, ToolCall},
    service::kind::Media,
};
use serde_json::{Map, Value, json};

fn call(id: &str) -> ToolCall {
    let arguments = Map::from_iter([("place".to_owned(), "Oslo".into())]);
    ToolCall { id: id.to_owned(), name: "GET_WEATHER".to_owned(), arguments }
}

/// A turn in its second step: history, question with a picture, a call, its result.
fn rich() -> ModelRequest {
    let result =
        Line { call_id: Some("call-1".to_owned()), ..Line::new(Speaker::Tool, "GET_WEATHER", "snow") };
    let picture = Media::new("image/png", *b"picture");
    ModelRequest {
        system: "You are Ada.".to_owned(),
        context: "It is noon.".to_owned(),
        lines: vec![
            Line::new(Speaker::User, "Sam", "Hi."),
            Line::new(Speaker::Assistant, "Ada", "Hello."),
            Line { name: "Sam".to_owned(), ..Line::with_media("Is this snow?", [picture]) },
            Line { calls: vec![call("call-1")], ..Line::new(Speaker::Assistant, "Ada", "Let me look.") },
            result,
        ],
        tools: vec![Tool {
            name: "GET_WEATHER".to_owned(),
            description: "Tells the weather.".to_owned(),
            parameters: json!({ "type": "object", "properties": { "place": { "type": "string" } } }),
            similes: Vec::new(),
            examples: Vec::new(),
        }],
        parameters: Parameters {
            temperature: Some(0.0),
            top_p: None,
            max_tokens: Some(100),
            stop: Some(vec!["END".to_owned()]),
            ..Parameters::default()
        },
        ..ModelRequest::new(Purpose::Decide, "")
    }
}

async fn sent(wired: Wired, thinks: bool, request: &ModelRequest) -> (String, Value) {
    let server = Server::start([Answer::json(wired.fixtures().whole)]).await;
    wired.ask(&wired.host(&server), thinks, request, &TextSink::default()).await.unwrap();
    let got = server.last();
    (got.path.clone(), got.json())
}

fn openai_tool() -> Value {
    json!({ "type": "function", "function": {
        "name": "GET_WEATHER", "description": "Tells the weather.",
        "parameters": { "type": "object", "properties": { "place": { "type": "string" } } },
    } })
}

#[tokio::test]
async fn openai_gets_what_stays_first() {
    let (path, body) = sent(Wired::OpenAi, false, &rich()).await;
    assert_eq!(path, "/chat/completions");
    assert_eq!(
        body,
        json!({
            "model": MODEL,
            "messages": [
                { "role": "system", "content": "You are Ada." },
                { "role": "user", "content": "Hi." },
                { "role": "assistant", "content": "Hello." },
                { "role": "system", "content": "It is noon." },
                { "role": "user", "content": [
                    { "type": "text", "text": "Is this snow?" },
                    { "type": "image_url", "image_url": { "url": "data:image/png;base64,cGljdHVyZQ==" } },
                ] },
                { "role": "assistant", "content": "Let me look.", "tool_calls": [
                    { "id": "call-1", "type": "function", "function": { "name": "GET_WEATHER", "arguments": "{\"place\":\"Oslo\"}" } },
                ] },
                { "role": "tool", "tool_call_id": "call-1", "content": "snow" },
            ],
            "tools": [openai_tool()],
            "stream": true,
            "stream_options": { "include_usage": true },
            "temperature": 0.0,
            "stop": ["END"],
            "max_completion_tokens": 100,
            "reasoning_effort": "none",
        })
    );
}

#[tokio::test]
async fn a_compatible_server_gets_one_message_in_front() {
    let (_, body) = sent(Wired::Compatible, false, &rich()).await;
    assert_eq!(body["messages"][0], json!({ "role": "system", "content": "You are Ada.\n\nIt is noon." }));
    assert_eq!(body["messages"].as_array().unwrap().iter().filter(|one| one["role"] == "system").count(), 1);
    assert_eq!((body["max_tokens"].as_u64(), body.get("reasoning_effort")), (Some(100), None));
    let (_, body) = sent(Wired::OpenRouter, true, &rich()).await;
    assert_eq!(
        (body["max_tokens"].as_u64(), &body["reasoning"]),
        (Some(100), &json!({ "effort": "medium" }))
    );
}

#[tokio::test]
async fn anthropic_gets_hints_for_its_cache() {
    let (path, body) = sent(Wired::Anthropic, false, &rich()).await;
    assert_eq!(path, "/v1/messages");
    assert_eq!(
        body,
        json!({
            "model": MODEL,
            "system": [{ "type": "text", "text": "You are Ada.", "cache_control": { "type": "ephemeral" } }],
            "messages": [
                { "role": "user", "content": [{ "type": "text", "text": "Hi." }] },
                { "role": "assistant", "content": [
                    { "type": "text", "text": "Hello.", "cache_control": { "type": "ephemeral" } },
                ] },
                { "role": "user", "content": [
                    { "type": "text", "text": "<context>\nIt is noon.\n</context>" },
                    { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "cGljdHVyZQ==" } },
                    { "type": "text", "text": "Is this snow?" },
                ] },
                { "role": "assistant", "content": [
                    { "type": "text", "text": "Let me look." },
                    { "type": "tool_use", "id": "call-1", "name": "GET_WEATHER", "input": { "place": "Oslo" } },
                ] },
                { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "call-1", "content": "snow" }] },
            ],
            "tools": [{
                "name": "GET_WEATHER", "description": "Tells the weather.",
                "input_schema": { "type": "object", "properties": { "place": { "type": "string" } } },
            }],
            "stream": true,
            "temperature": 0.0,
            "stop_sequences": ["END"],
            "max_tokens": 100,
        })
    );
    let (_, body) = sent(Wired::Anthropic, true, &rich()).await;
    assert_eq!(body["thinking"], json!({ "type": "adaptive" }));
    assert_eq!(body["output_config"], json!({ "effort": "medium" }));
    assert!(body.get("temperature").is_none(), "a model that thinks is not told how to choose its words");
}

#[tokio::test]
async fn gemini_gets_contents_and_parts() {
    let (path, body) = sent(Wired::Gemini, true, &rich()).await;
    assert_eq!(path, format!("/models/{MODEL}:streamGenerateContent?alt=sse"));
    assert_eq!(
        body,
        json!({
            "systemInstruction": { "parts": [{ "text": "You are Ada." }] },
            "contents": [
                { "role": "user", "parts": [{ "text": "Hi." }] },
                { "role": "model", "parts": [{ "text": "Hello." }] },
                { "role": "user", "parts": [
                    { "text": "<context>\nIt is noon.\n</context>" },
                    { "inlineData": { "mimeType": "image/png", "data": "cGljdHVyZQ==" } },
                    { "text": "Is this snow?" },
                ] },
                { "role": "model", "parts": [
                    { "text": "Let me look." },
                    { "functionCall": { "id": "call-1", "name": "GET_WEATHER", "args": { "place": "Oslo" } },
                      "thoughtSignature": "skip_thought_signature_validator" },
                ] },
                { "role": "user", "parts": [
                    { "functionResponse": { "id": "call-1", "name": "GET_WEATHER", "response": { "output": "snow" } } },
                ] },
            ],
            "tools": [{ "functionDeclarations": [{
                "name": "GET_WEATHER", "description": "Tells the weather.",
                "parametersJsonSchema": { "type": "object", "properties": { "place": { "type": "string" } } },
            }] }],
            "generationConfig": {
                "temperature": 0.0, "stopSequences": ["END"], "maxOutputTokens": 100,
                "thinkingConfig": { "thinkingLevel": "medium" },
            },
        })
    );
}

#[tokio::test]
async fn ollama_gets_its_own_form() {
    let (path, body) = sent(Wired::Ollama, true, &rich()).await;
    assert_eq!(path, "/api/chat");
    assert_eq!(
        body,
        json!({
            "model": MODEL,
            "messages": [
                { "role": "system", "content": "You are Ada.\n\nIt is noon." },
                { "role": "user", "content": "Hi." },
                { "role": "assistant", "content": "Hello." },
                { "role": "user", "content": "Is this snow?", "images": ["cGljdHVyZQ=="] },
                { "role": "assistant", "content": "Let me look.", "tool_calls": [
                    { "function": { "name": "GET_WEATHER", "arguments": { "place": "Oslo" } } },
                ] },
                { "role": "tool", "tool_name": "GET_WEATHER", "content": "snow" },
            ],
            "stream": true,
            "tools": [openai_tool()],
            "think": true,
            "keep_alive": "5m",
            "options": { "num_ctx": 4096, "num_predict": 100, "temperature": 0.0, "stop": ["END"] },
        })
    );
}

#[tokio::test]
async fn what_a_server_hands_out_with_a_call_it_gets_back() {
    for (wired, pointer, wanted) in [
        (Wired::Gemini, "/contents/1/parts/0/thoughtSignature", json!("<Signature_A>")),
        (
            Wired::Anthropic,
            "/messages/1/content/0",
            json!({ "type": "thinking", "thinking": "They want the weather.", "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3h" }),
        ),
    ] {
        let answers = [wired.stream(wired.fixtures().call), Answer::json(wired.fixtures().whole)];
        let server = Server::start(answers).await;
        let host = wired.host(&server);
        let mut request = ModelRequest::new(Purpose::Decide, "Is it raining?");
        let answer = wired.ask(&host, false, &request, &TextSink::default()).await.unwrap();
        let id = answer.calls[0].id.clone();
        request.lines.push(Line { calls: answer.calls, ..Line::new(Speaker::Assistant, "Ada", "") });
        request.lines.push(Line { call_id: Some(id), ..Line::new(Speaker::Tool, "get_weather", "rain") });
        wired.ask(&host, false, &request, &TextSink::default()).await.unwrap();
        assert_eq!(server.last().json().pointer(pointer), Some(&wanted), "{wired:?}");
    }
}

#[tokio::test]
async fn a_schema_is_asked_for_in_each_servers_way() {
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer", "minimum": 1 } }, "required": ["n"] });
    let closed = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"], "additionalProperties": false });
    let request = ModelRequest::object(Purpose::Reflect, schema.clone(), "How many?");
    for (wired, pointer, wanted) in [
        (
            Wired::OpenAi,
            "/response_format/json_schema",
            json!({ "name": "answer", "strict": true, "schema": closed }),
        ),
        (Wired::Anthropic, "/output_config/format", json!({ "type": "json_schema", "schema": closed })),
        (Wired::Gemini, "/generationConfig/responseJsonSchema", closed.clone()),
        (Wired::Ollama, "/format", schema.clone()),
    ] {
        let (_, body) = sent(wired, false, &request).await;
        assert_eq!(body.pointer(pointer), Some(&wanted), "{wired:?}");
    }
    // A server that takes none is told in words.
    let refusal = json!({ "error": { "message": "response_format is not supported" } });
    let server =
        Server::start([Answer::json(refusal).status(400), Answer::json(Wired::Compatible.fixtures().whole)])
            .await;
    let host = Wired::Compatible.host(&server);
    Wired::Compatible.ask(&host, false, &request, &TextSink::default()).await.unwrap();
    let body = server.last().json();
    assert!(body.get("response_format").is_none());
    assert!(
        body["messages"][0]["content"].as_str().unwrap().contains("It must fit this JSON Schema"),
        "{body}"
    );
}

#[tokio::test]
async fn the_key_goes_where_it_belongs() {
    for (wired, header, value) in [
        (Wired::OpenAi, "authorization", format!("Bearer {KEY}")),
        (Wired::Anthropic, "x-api-key", KEY.to_owned()),
        (Wired::Gemini, "x-goog-api-key", KEY.to_owned()),
    ] {
        let server = Server::start([Answer::json(wired.fixtures().whole)]).await;
        let host = wired.host_with(&server, |setup| {
            setup.headers.insert("x-team".to_owned(), "weather".to_owned());
        });
        wired.ask(&host, false, &rich(), &TextSink::default()).await.unwrap();
        let got = server.last();
        assert_eq!((got.header(header), got.header("x-team")), (value.as_str(), "weather"));
        assert!(!got.path.contains(KEY), "never in the address");
    }
}
