//! Parameters that a model refuses are left out, once and for all; models without tools choose through a schema.

use super::support::{Answer, Server, Step, Wired};
use galatea::model::{Effort, ModelError, ModelRequest, Parameters, Purpose, TextSink, Tool};
use serde_json::{Value, json};
use std::time::Duration;

fn refusal(text: &str) -> Answer {
    Answer::json(json!({ "error": { "message": text } })).status(400)
}

fn tool() -> Tool {
    Tool {
        name: "GET_WEATHER".to_owned(),
        description: "Tells the weather.".to_owned(),
        parameters: json!({ "type": "object", "properties": { "place": { "type": "string" } }, "required": ["place"] }),
        similes: Vec::new(),
        examples: Vec::new(),
    }
}

fn request() -> ModelRequest {
    let parameters = Parameters {
        temperature: Some(0.2),
        seed: Some(7),
        stop: Some(vec!["END".to_owned()]),
        max_tokens: Some(50),
        ..Parameters::default()
    };
    ModelRequest { parameters, tools: vec![tool()], ..ModelRequest::new(Purpose::Decide, "Hello!") }
}

#[tokio::test]
async fn a_refused_parameter_is_left_out_from_then_on() {
    for (wired, told, pointer, instead) in [
        (
            Wired::OpenAi,
            "Unsupported parameter: 'temperature' is not supported with this model.",
            "/temperature",
            None,
        ),
        (Wired::OpenAi, "Unsupported parameter: 'stop' is not supported with this model.", "/stop", None),
        (
            Wired::Compatible,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "/max_tokens",
            Some("/max_completion_tokens"),
        ),
        (Wired::Compatible, "stream_options: Extra inputs are not permitted", "/stream_options", None),
        (Wired::Anthropic, "`temperature` is deprecated for this model.", "/temperature", None),
        (
            Wired::Gemini,
            "Thinking level is not supported for this model.",
            "/generationConfig/thinkingConfig/thinkingLevel",
            Some("/generationConfig/thinkingConfig/thinkingBudget"),
        ),
        (Wired::Ollama, "\"gemma4\" does not support thinking", "/think", None),
    ] {
        let whole = || Answer::json(wired.fixtures().whole);
        let mut request = request();
        request.parameters.effort = matches!(wired, Wired::Gemini | Wired::Ollama).then_some(Effort::High);
        // A level is refused value by value, so as many refusals as there are values to try.
        let refusals = if wired == Wired::Gemini { 2 } else { 1 };
        let answers = (0..refusals).map(|_| refusal(told)).chain([whole()]);
        let server = Server::start(answers).await;
        let host = wired.host(&server);
        for _ in 0..2 {
            let answer = wired.ask(&host, false, &request, &TextSink::default()).await.unwrap();
            assert_eq!(answer.text, wired.fixtures().text, "{wired:?}");
        }
        let got = server.got();
        assert_eq!(
            got.len(),
            refusals + 2,
            "{wired:?}: asked again once, and the next time at once without it"
        );
        assert!(got[0].json().pointer(pointer).is_some(), "{wired:?} {pointer}");
        for later in &got[refusals..] {
            assert!(later.json().pointer(pointer).is_none(), "{wired:?} {pointer}");
            assert!(
                instead.is_none_or(|other| later.json().pointer(other).is_some()),
                "{wired:?} {instead:?}"
            );
        }
    }
}

#[tokio::test]
async fn thinking_gives_way_to_tools() {
    // As OpenAI's models answer that take tools only where they do not think.
    let told = "Function tools with reasoning_effort are not supported for gpt-6-luna in /v1/chat/completions. To use \
                function tools, use /v1/responses or set reasoning_effort to 'none'.";
    let server = Server::start([refusal(told), Answer::json(Wired::OpenAi.fixtures().whole)]).await;
    let host = Wired::OpenAi.host(&server);
    Wired::OpenAi.ask(&host, true, &request(), &TextSink::default()).await.unwrap();
    let efforts: Vec<Value> = server.got().iter().map(|got| got.json()["reasoning_effort"].clone()).collect();
    assert_eq!(efforts, ["medium", "none"]);
}

#[tokio::test]
async fn older_models_are_told_how_long_to_think() {
    let told = "adaptive thinking is not supported on this model";
    let server = Server::start([refusal(told), Answer::json(Wired::Anthropic.fixtures().whole)]).await;
    let host = Wired::Anthropic.host(&server);
    for _ in 0..2 {
        Wired::Anthropic.ask(&host, true, &request(), &TextSink::default()).await.unwrap();
    }
    let asked: Vec<Value> = server.got().iter().map(|got| got.json()["thinking"].clone()).collect();
    let older = json!({ "type": "enabled", "budget_tokens": 4096 });
    assert_eq!(asked, [json!({ "type": "adaptive" }), older.clone(), older]);
}

#[tokio::test]
async fn what_two_calls_learn_at_once_serves_both() {
    let told = "Unsupported parameter: 'temperature' is not supported with this model.";
    for wired in [Wired::OpenAi, Wired::Anthropic] {
        let body = json!({ "error": { "message": told } }).to_string();
        let steps = vec![Step::Wait(Duration::from_millis(300)), Step::Send(body)];
        let late = || Answer::of("application/json", steps.clone()).status(400);
        let server = Server::start([late(), late(), Answer::json(wired.fixtures().whole)]).await;
        let host = wired.host(&server);
        let (request, sink) = (request(), TextSink::default());
        let (one, two) =
            tokio::join!(wired.ask(&host, false, &request, &sink), wired.ask(&host, false, &request, &sink));
        assert_eq!((one.unwrap().text, two.unwrap().text), {
            let text = wired.fixtures().text.to_owned();
            (text.clone(), text)
        });
        assert_eq!(server.got().len(), 4, "{wired:?}");
    }
}

#[tokio::test]
async fn a_limit_is_not_given_up_because_of_its_value() {
    for told in [
        "max_tokens is too large: 50. This model supports at most 16 completion tokens, whereas you provided 50.",
        "Invalid value for 'max_tokens': integer above maximum value.",
    ] {
        for wired in [Wired::Compatible, Wired::OpenRouter] {
            let server = Server::start([refusal(told)]).await;
            let host = wired.host(&server);
            for _ in 0..2 {
                let error = wired.ask(&host, false, &request(), &TextSink::default()).await.unwrap_err();
                assert!(matches!(error, ModelError::Rejected(_)), "{wired:?}: {error}");
                assert_eq!(server.last().json()["max_tokens"], 50, "{wired:?}: it is asked for still");
            }
            assert_eq!(server.got().len(), 2, "{wired:?}");
        }
    }
}

#[tokio::test]
async fn what_is_no_parameter_is_not_tried_again() {
    for wired in Wired::ALL {
        let server = Server::start([refusal("the picture cannot be read")]).await;
        let told =
            wired.ask(&wired.host(&server), false, &request(), &TextSink::default()).await.unwrap_err();
        assert!(matches!(told, ModelError::Rejected(_)), "{told}");
        assert_eq!(server.got().len(), 1, "{wired:?}");
    }
}

#[tokio::test]
async fn a_model_without_tools_chooses_through_a_schema() {
    let chosen = r#"{\"action\": \"GET_WEATHER\", \"arguments\": {\"place\": \"Oslo\"}}"#;
    let ollama =
        format!(r#"{{"model":"tiny","message":{{"role":"assistant","content":"{chosen}"}},"done":true}}"#);
    let server = Server::start([
        refusal("registry.ollama.ai/library/tiny:latest does not support tools"),
        Wired::Ollama.stream(&(ollama + "\n")),
    ])
    .await;
    let (answer, shown) = Wired::Ollama.ask_streaming(&Wired::Ollama.host(&server), &request()).await;
    let answer = answer.unwrap();
    assert_eq!(shown, "", "what is no text is not shown");
    assert_eq!((answer.text.as_str(), answer.calls[0].name.as_str()), ("", "GET_WEATHER"));
    assert_eq!(Value::Object(answer.calls[0].arguments.clone()), json!({ "place": "Oslo" }));
    let (first, second) = (server.got()[0].json(), server.last().json());
    assert!(first["tools"].is_array() && first.get("format").is_none());
    assert!(second.get("tools").is_none());
    let alternatives = second["format"]["anyOf"].as_array().unwrap();
    assert_eq!(alternatives[0]["properties"]["action"]["const"], "GET_WEATHER");
    assert_eq!(alternatives[1]["properties"]["action"]["const"], "REPLY");
    assert!(second["messages"][0]["content"].as_str().unwrap().contains("- GET_WEATHER: Tells the weather."));
}
