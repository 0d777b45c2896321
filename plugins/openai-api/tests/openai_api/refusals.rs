//! What is refused, in OpenAI's form.

use super::support::{Client, ada, agent, user};
use galatea::testing::TestResult;
use galatea_server::Server;
use serde_json::{Value, json};

#[tokio::test]
async fn mistakes_are_told_as_openai_tells_them() -> TestResult {
    let (agent, client) = ada().await;
    let with = |more: Value| {
        let mut body = json!({ "model": "ada", "messages": [user("Hi.")], "input": "Hi." });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let tool = json!([{ "type": "function", "function": { "name": "f" } }]);
    let long = "k".repeat(513);
    for (path, more, status, param, code) in [
        ("/chat/completions", json!({ "model": null }), 400, "model", "missing_required_parameter"),
        ("/chat/completions", json!({ "model": "gpt-4o" }), 404, "model", "model_not_found"),
        ("/chat/completions", json!({ "messages": null }), 400, "messages", "missing_required_parameter"),
        ("/chat/completions", json!({ "messages": "Hi." }), 400, "messages", "invalid_type"),
        ("/chat/completions", json!({ "stream": "yes" }), 400, "stream", "invalid_type"),
        ("/chat/completions", json!({ "temperature": "hot" }), 400, "temperature", "invalid_type"),
        ("/chat/completions", json!({ "max_tokens": 1.5 }), 400, "max_tokens", "invalid_type"),
        ("/chat/completions", json!({ "user": 7 }), 400, "user", "invalid_type"),
        ("/chat/completions", json!({ "metadata": { "a": 7 } }), 400, "metadata.a", "invalid_type"),
        ("/chat/completions", json!({ "tools": tool }), 400, "tools", "unsupported_parameter"),
        (
            "/chat/completions",
            json!({ "functions": [{ "name": "f" }] }),
            400,
            "functions",
            "unsupported_parameter",
        ),
        ("/chat/completions", json!({ "n": 2 }), 400, "n", "unsupported_parameter"),
        ("/chat/completions", json!({ "logprobs": true }), 400, "logprobs", "unsupported_parameter"),
        (
            "/chat/completions",
            json!({ "response_format": { "type": "json_object" } }),
            400,
            "response_format",
            "unsupported_parameter",
        ),
        (
            "/chat/completions",
            json!({ "modalities": ["text", "audio"] }),
            400,
            "modalities",
            "unsupported_parameter",
        ),
        ("/chat/completions", json!({ "user": long }), 400, "", "string_above_max_length"),
        ("/responses", json!({ "input": null }), 400, "input", "missing_required_parameter"),
        (
            "/responses",
            json!({ "input": [{ "type": "function_call_output" }] }),
            400,
            "input[0].type",
            "unsupported_parameter",
        ),
        ("/responses", json!({ "background": true }), 400, "background", "unsupported_parameter"),
        ("/responses", json!({ "tools": [{ "type": "web_search" }] }), 400, "tools", "unsupported_parameter"),
        (
            "/responses",
            json!({ "text": { "format": { "type": "json_schema" } } }),
            400,
            "text.format",
            "unsupported_parameter",
        ),
        (
            "/responses",
            json!({ "previous_response_id": "resp_x" }),
            400,
            "previous_response_id",
            "previous_response_not_found",
        ),
        ("/embeddings", json!({ "input": [] }), 400, "input", "invalid_value"),
        ("/embeddings", json!({ "input": [1, 2] }), 400, "input", "unsupported_parameter"),
        ("/embeddings", json!({ "encoding_format": "hex" }), 400, "encoding_format", "invalid_value"),
        ("/embeddings", json!({ "dimensions": 2 }), 400, "dimensions", "unsupported_parameter"),
    ] {
        let (got, answer) = client.post(path, with(more.clone())).await;
        let error = &answer["error"];
        assert_eq!(got.as_u16(), status, "{path} {more}: {answer}");
        assert_eq!(
            (error["param"].as_str().unwrap_or_default(), error["code"].as_str()),
            (param, Some(code)),
            "{answer}"
        );
        assert_eq!(error["type"], "invalid_request_error");
    }
    assert!(
        agent.requests().iter().all(|asked| !asked.request.last_user_text().contains("Hi.")),
        "nothing was heard"
    );
    // `none` says that the program does not mean it.
    client.chat(json!({ "tools": tool, "tool_choice": "none", "messages": [user("Hello.")] })).await;
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn unknown_addresses_and_broken_bodies_are_told() -> TestResult {
    let (agent, client) = ada().await;
    for (method, path, body, status, code) in [
        ("GET", "/files", None, 404, "unknown_url"),
        ("POST", "/completions", Some(json!({})), 404, "unknown_url"),
        ("DELETE", "/models", None, 405, "method_not_allowed"),
        ("GET", "/responses/resp_1", None, 404, "response_not_found"),
        ("POST", "/chat/completions", Some(json!("text")), 400, ""),
    ] {
        let answer = client.send(method, path, body.as_ref(), &[]).await;
        assert_eq!(answer.status().as_u16(), status, "{method} {path}");
        let answer: Value = answer.json().await?;
        assert_eq!(answer["error"]["code"].as_str().unwrap_or_default(), code, "{answer}");
    }
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn who_is_not_known_is_refused_in_the_same_form() -> TestResult {
    let agent = agent("Ada").config::<Server>(json!({ "anonymous": "never" })).start().await?;
    let client = Client::of(&agent);
    let chat = json!({ "model": "ada", "messages": [user("Hi.")] });
    for (method, path, body) in [
        ("GET", "/models", None),
        ("GET", "/models/ada", None),
        ("POST", "/chat/completions", Some(&chat)),
        ("POST", "/chat/completions", Some(&Value::Null)),
        ("POST", "/responses", Some(&chat)),
        ("GET", "/responses/resp_00000000000000000000000000000000", None),
        ("DELETE", "/responses/resp_00000000000000000000000000000000", None),
        ("GET", "/responses/resp_00000000000000000000000000000000/input_items", None),
        ("POST", "/responses/resp_00000000000000000000000000000000/cancel", None),
        ("POST", "/embeddings", Some(&chat)),
    ] {
        let answer = client.send(method, path, body, &[]).await;
        assert_eq!(answer.status(), 401, "{method} {path}");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        let answer: Value = answer.json().await?;
        assert_eq!(
            (&answer["error"]["type"], &answer["error"]["code"]),
            (&json!("authentication_error"), &json!("invalid_api_key"))
        );
    }
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_turn_that_fails_is_an_error_that_is_not_sent_again() -> TestResult {
    let (agent, client) = ada().await;
    let body = json!({ "model": "ada", "messages": [user("fail")] });
    let answer = client.send("POST", "/chat/completions", Some(&body), &[]).await;
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.headers()["x-should-retry"], "false");
    let answer: Value = answer.json().await?;
    assert_eq!(answer["error"]["code"], "turn_failed");
    assert!(answer["error"]["message"].as_str().is_some_and(|why| why.contains("out of ideas")), "{answer}");
    agent.stop().await;
    Ok(())
}
