//! Spans to a collector, and what is not in them; log lines.

use super::support::{Folder, PLAIN, Ran};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind},
};
use prost::Message;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// What a collector was sent: the head of each request, and its body.
type Sent = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A collector on this computer, and its address.
fn collector() -> (Sent, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let sent = Sent::default();
    let into = Arc::clone(&sent);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (into, connection) = (Arc::clone(&into), connection.unwrap());
            thread::spawn(move || {
                let mut reader = BufReader::new(connection.try_clone().unwrap());
                while let Some((head, body)) = request(&mut reader) {
                    into.lock().unwrap().push((head, body));
                    (&connection).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                }
            });
        }
    });
    (sent, address)
}

fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// The spans that were sent, and the attributes of who sent them.
fn spans(sent: &Sent) -> (Vec<Span>, BTreeMap<String, String>) {
    let (mut spans, mut resource) = (Vec::new(), BTreeMap::new());
    for (_, body) in sent.lock().unwrap().iter() {
        for of in ExportTraceServiceRequest::decode(body.as_slice()).unwrap().resource_spans {
            resource.extend(attributes(&of.resource.unwrap().attributes));
            spans.extend(of.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    (spans, resource)
}

fn attributes(all: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => number.to_string(),
        Value::BoolValue(it) => it.to_string(),
        other => format!("{other:?}"),
    };
    let all = all.iter().filter_map(|own| Some((own.key.clone(), text(own.value.as_ref()?.value.as_ref()?))));
    all.collect()
}

/// The spans of the trace in which a turn is, as the path from the turn.
fn tree(spans: &[Span]) -> Vec<String> {
    let turn = spans.iter().find(|span| span.name.starts_with("invoke_agent")).unwrap();
    let mut of_turn: Vec<&Span> = spans.iter().filter(|span| span.trace_id == turn.trace_id).collect();
    of_turn.sort_by_key(|span| span.start_time_unix_nano);
    let path = |mut span: &Span| {
        let mut names = vec![span.name.clone()];
        while let Some(parent) = of_turn.iter().find(|other| other.span_id == span.parent_span_id) {
            names.push(parent.name.clone());
            span = parent;
        }
        names.reverse();
        names.join(" > ")
    };
    of_turn.iter().map(|span| path(span)).collect()
}

fn weather(folder: &Folder, address: &str) -> Command {
    let mut command = folder.command(&["chat", "scout", "--say", "What's the weather in London?"]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", address).env("SCOUT_WEATHER_KEY", "hush-hush-4711");
    // What the action asks is not there, whatever machine this is.
    command
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("NO_PROXY", "127.0.0.1");
    command
}

#[test]
fn a_turn_with_an_action_is_a_trace_without_what_was_said() {
    let (folder, (sent, address)) = (Folder::new(), collector());
    let mut command = weather(&folder, &address);
    command.env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=library").env("OTEL_SERVICE_NAME", "weather-desk");
    let ran = Ran::from(command.output().unwrap());
    assert!(ran.fine().contains("weather"), "{}", ran.all());

    let head = sent.lock().unwrap()[0].0.to_ascii_lowercase();
    assert!(head.starts_with("post /v1/traces ") && head.contains("x-tenant: library"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf"), "{head}");
    let (spans, resource) = spans(&sent);
    assert_eq!(resource["service.name"], "weather-desk");
    assert_eq!(resource["service.version"], galatea::VERSION);

    let tree = tree(&spans);
    let turn = "invoke_agent Scout";
    for path in [
        turn.to_owned(),
        format!("{turn} > respond"),
        format!("{turn} > compose"),
        format!("{turn} > compose > provider TIME"),
        format!("{turn} > decide > chat offline"),
        format!("{turn} > act > execute_tool GET_WEATHER"),
        format!("{turn} > deliver"),
    ] {
        assert!(tree.contains(&path), "{path}\n{tree:#?}");
    }
    assert!(spans.iter().any(|span| span.name == "start Scout"), "{spans:#?}");
    assert!(spans.iter().any(|span| span.name == "load weather"), "{spans:#?}");

    let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (own, chat, tool) = (of(turn), of("chat offline"), of("execute_tool GET_WEATHER"));
    assert_eq!(chat.kind, SpanKind::Client as i32);
    assert_eq!(own.kind, SpanKind::Internal as i32);
    for (span, expected) in [
        (
            own,
            vec![
                ("gen_ai.operation.name", "invoke_agent"),
                ("gen_ai.agent.name", "Scout"),
                ("galatea.status", "completed"),
            ],
        ),
        (
            chat,
            vec![
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.provider.name", "offline"),
                ("gen_ai.output.type", "text"),
            ],
        ),
        (
            tool,
            vec![
                ("gen_ai.operation.name", "execute_tool"),
                ("gen_ai.tool.name", "GET_WEATHER"),
                ("error.type", "failed"),
            ],
        ),
    ] {
        let attributes = attributes(&span.attributes);
        for (name, value) in expected {
            assert_eq!(attributes.get(name).map(String::as_str), Some(value), "{name} in {attributes:#?}");
        }
    }
    let (own, chat) = (attributes(&own.attributes), attributes(&chat.attributes));
    assert_eq!(own["gen_ai.conversation.id"], chat["gen_ai.conversation.id"]);
    assert!(chat["gen_ai.usage.input_tokens"].parse::<u64>().unwrap() > 0, "{chat:#?}");
    // Not a word of what was said, nor a secret, in whatever field.
    for (_, body) in sent.lock().unwrap().iter() {
        let bytes = String::from_utf8_lossy(body);
        for hidden in ["London", "What's the", "hush-hush", "could not get"] {
            assert!(!bytes.contains(hidden), "{hidden} in {bytes}");
        }
    }
}

#[test]
fn what_was_said_is_exported_where_somebody_asks_for_it() {
    let (folder, (sent, address)) = (Folder::new(), collector());
    let mut command = weather(&folder, &address);
    command.env("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true");
    Ran::from(command.output().unwrap()).fine();
    let (spans, _) = spans(&sent);
    let of = |name: &str| attributes(&spans.iter().find(|span| span.name == name).unwrap().attributes);
    let (chat, tool) = (of("chat offline"), of("execute_tool GET_WEATHER"));
    let asked: serde_json::Value = serde_json::from_str(&chat["gen_ai.input.messages"]).unwrap();
    let last = asked.as_array().unwrap().last().unwrap();
    assert_eq!(last["parts"][0]["content"], "What's the weather in London?", "{asked:#}");
    assert!(chat["gen_ai.output.messages"].contains("GET_WEATHER"), "{chat:#?}");
    assert!(chat["gen_ai.system_instructions"].contains("Scout"), "{chat:#?}");
    assert!(tool["gen_ai.tool.call.arguments"].contains("London"), "{tool:#?}");
    for (_, body) in sent.lock().unwrap().iter() {
        assert!(!String::from_utf8_lossy(body).contains("hush-hush"));
    }
}

#[test]
fn nothing_is_exported_where_the_environment_says_so() {
    let (folder, (sent, address)) = (Folder::new(), collector());
    for (name, value) in [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
    ] {
        let mut command = weather(&folder, &address);
        Ran::from(command.env(name, value).output().unwrap()).fine();
        assert_eq!(sent.lock().unwrap().len(), 0, "{name}");
    }
    let mut command = weather(&folder, &address);
    let ran = Ran::from(command.env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc").output().unwrap());
    ran.fine();
    assert!(ran.err.contains("set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"), "{}", ran.all());
}

#[test]
fn a_collector_that_is_away_costs_a_warning() {
    let folder = Folder::new();
    folder.write("pat.toml", PLAIN);
    let say = ["chat", "pat.toml", "--say", "Who are you?"];
    let without = folder.run(&say);
    let begun = Instant::now();
    let mut command = folder.command(&say);
    let ran = Ran::from(command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1").output().unwrap());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!((ran.fine(), ran.code), (without.fine(), without.code));
    let warnings: Vec<&str> = ran.err.lines().filter(|line| line.contains("could not be exported")).collect();
    assert_eq!(warnings.len(), 1, "{}", ran.all());
}

#[test]
fn log_lines_are_json_where_they_are_wanted_so() {
    let folder = Folder::new();
    folder.write("pat.toml", PLAIN);
    let ran = folder.run(&["chat", "pat.toml", "--say", "Who are you?", "--log-format", "json", "-v"]);
    let lines: Vec<serde_json::Value> =
        ran.err.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let ended =
        lines.iter().find(|line| line["message"].as_str().is_some_and(|it| it.starts_with("turn ended")));
    let ended = ended.unwrap_or_else(|| panic!("{}", ran.all()));
    assert_eq!((&ended["level"], &ended["agent"]), (&"info".into(), &"Pat".into()), "{ended}");
    assert_eq!(ended["fields"]["status"], "completed");
    assert_eq!(ended["spans"], serde_json::json!(["turn"]));
    let text = folder.run(&["chat", "pat.toml", "--say", "Who are you?", "-v"]);
    let ended = text.err.lines().find(|line| line.contains("turn ended")).unwrap_or_default();
    // What is for programs is not in the lines for people.
    assert!(ended.contains("agent=\"Pat\"") && !ended.contains("gen_ai"), "{}", text.all());
}

#[test]
fn no_secret_stands_on_stderr() {
    let folder = Folder::new();
    let mut command = folder.command(&["chat", "scout", "--say", "What's the weather in London?", "-vvv"]);
    command.env("SCOUT_WEATHER_KEY", "hush-hush-4711").env("HTTPS_PROXY", "http://ada:s3same@127.0.0.1:1");
    let ran = Ran::from(command.env("HTTP_PROXY", "http://ada:s3same@127.0.0.1:1").output().unwrap());
    for hidden in ["hush-hush", "s3same"] {
        assert!(!ran.err.contains(hidden), "{}", ran.all());
    }
}
