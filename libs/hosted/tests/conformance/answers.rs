//! Answers: whole and streamed, with calls, cut short, and what they used.

use super::support::{Answer, Server, Wired};
use galatea::model::{ModelAnswer, ModelRequest, Purpose};
use serde_json::Value;

fn hello() -> ModelRequest {
    ModelRequest::new(Purpose::Reply, "Hello!")
}

#[tokio::test]
async fn a_whole_answer_is_read() {
    for wired in Wired::ALL {
        let fixtures = wired.fixtures();
        let server = Server::start([Answer::json(fixtures.whole)]).await;
        // Asked for whole, and answered whole though a stream was asked for.
        for stream in [false, true] {
            let host = wired.host_with(&server, |setup| setup.stream = stream);
            let (answer, shown) = wired.ask_streaming(&host, &hello()).await;
            let answer = answer.unwrap();
            assert_eq!(answer.text, fixtures.text, "{wired:?}");
            assert_eq!(answer.model, fixtures.model, "{wired:?}");
            assert_eq!(answer.usage, fixtures.usage, "{wired:?}");
            assert_eq!((answer.calls.len(), answer.cut), (0, false), "{wired:?}");
            assert_eq!(shown, "", "nothing came piece by piece");
        }
        let asked: Vec<bool> =
            server.got().iter().map(|got| asks_for_stream(&got.path, &got.json())).collect();
        assert_eq!(asked, [false, true], "{wired:?}");
    }
}

fn asks_for_stream(path: &str, body: &Value) -> bool {
    body["stream"] == true || path.contains("streamGenerateContent?alt=sse")
}

#[tokio::test]
async fn a_stream_is_shown_while_it_comes() {
    for wired in Wired::ALL {
        let fixtures = wired.fixtures();
        let server = Server::start([wired.stream(fixtures.stream)]).await;
        let (answer, shown) = wired.ask_streaming(&wired.host(&server), &hello()).await;
        let answer = answer.unwrap();
        assert_eq!(answer.text, fixtures.text, "{wired:?}");
        assert_eq!(shown, fixtures.text, "{wired:?}");
        assert_eq!(answer.model, fixtures.model, "{wired:?}");
        assert_eq!(answer.usage, fixtures.usage, "{wired:?}");
    }
}

fn arguments(answer: &ModelAnswer) -> Vec<String> {
    let calls = answer.calls.iter();
    calls.map(|call| serde_json::to_string(&Value::Object(call.arguments.clone())).unwrap()).collect()
}

#[tokio::test]
async fn calls_come_with_their_arguments_and_ids() {
    for wired in Wired::ALL {
        let fixtures = wired.fixtures();
        for (stream, wanted) in [
            (fixtures.call, std::slice::from_ref(&fixtures.call_arguments)),
            (fixtures.calls, fixtures.calls_arguments),
        ] {
            let server = Server::start([wired.stream(stream)]).await;
            let (answer, shown) = wired.ask_streaming(&wired.host(&server), &hello()).await;
            let answer = answer.unwrap();
            assert_eq!(arguments(&answer), wanted, "{wired:?}");
            assert!(answer.calls.iter().all(|call| call.name == "get_weather"), "{wired:?}");
            let mut ids: Vec<&str> = answer.calls.iter().map(|call| call.id.as_str()).collect();
            assert!(ids.iter().all(|id| !id.is_empty()), "{wired:?}");
            ids.dedup();
            assert_eq!(ids.len(), wanted.len(), "{wired:?}: each has an id of its own");
            assert_eq!((answer.text.as_str(), shown.as_str()), ("", ""), "{wired:?}");
        }
    }
}

#[tokio::test]
async fn what_grew_too_long_says_so() {
    for wired in Wired::ALL {
        let server = Server::start([wired.stream(wired.fixtures().cut)]).await;
        let (answer, _) = wired.ask_streaming(&wired.host(&server), &hello()).await;
        let answer = answer.unwrap();
        assert_eq!((answer.text.as_str(), answer.cut), ("Once upon a", true), "{wired:?}");
    }
}

#[tokio::test]
async fn a_withheld_answer_is_told_as_such() {
    let openai = r#"{"choices":[{"index":0,"finish_reason":"content_filter","message":{"role":"assistant","content":""}}]}"#;
    let anthropic =
        r#"{"type":"message","model":"m","content":[],"stop_reason":"refusal","usage":{"input_tokens":1}}"#;
    let gemini = r#"{"candidates":[{"finishReason":"SAFETY","index":0}]}"#;
    let blocked = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}}"#;
    for (wired, body, wanted) in [
        (Wired::OpenAi, openai, "content filter"),
        (Wired::Anthropic, anthropic, "the model declines"),
        (Wired::Gemini, gemini, "SAFETY"),
        (Wired::Gemini, blocked, "the prompt is blocked, PROHIBITED_CONTENT"),
    ] {
        let server = Server::start([Answer::json(body)]).await;
        let (answer, _) = wired.ask_streaming(&wired.host(&server), &hello()).await;
        let told = answer.unwrap_err().to_string();
        assert_eq!(told, format!("the model refused the request: the answer was withheld: {wanted}"));
    }
}
