//! Who answers: the model whose key is set, else the server that answers, else rules and retrieval; and what the first line says.

use super::support::{Folder, Ran};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

/// Servers of Anthropic's and Ollama's kind, both at once, on a free port.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { return };
            thread::spawn(move || {
                let mut reader = BufReader::new(connection.try_clone().unwrap());
                let (mut first, mut length) = (String::new(), 0);
                if reader.read_line(&mut first).unwrap_or(0) == 0 {
                    return;
                }
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    let line = line.trim().to_ascii_lowercase();
                    if line.is_empty() {
                        break;
                    }
                    if let Some(number) = line.strip_prefix("content-length: ") {
                        length = number.parse().unwrap();
                    }
                }
                reader.read_exact(&mut vec![0; length]).unwrap();
                let body = match first.split(' ').nth(1).unwrap() {
                    "/v1/messages" => {
                        r#"{"type":"message","model":"claude","content":[{"type":"text","text":"Claude here."}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#
                    }
                    "/api/tags" => r#"{"models":[{"name":"tiny:latest"}]}"#,
                    "/api/show" => r#"{"capabilities":["completion"]}"#,
                    "/api/chat" => {
                        r#"{"model":"tiny","message":{"role":"assistant","content":"Ollama here."},"done":true}"#
                    }
                    _ => "{}",
                };
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                write!(connection, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
            });
        }
    });
    address
}

/// Mira as she ships, with the servers at other addresses.
fn mira(folder: &Folder, claude: &str, ollama: &str) {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/characters/mira.toml")).unwrap();
    let text = text
        .replace(
            "api-key = { env = \"ANTHROPIC_API_KEY\" }",
            &format!("api-key = {{ env = \"ANTHROPIC_API_KEY\" }}\nbase-url = \"{claude}\""),
        )
        .replace("network = [\"api.anthropic.com\"]", "network = [\"127.0.0.1\"]")
        .replace(
            "enabled = { reachable = \"http://127.0.0.1:11434\" }",
            &format!("enabled = {{ reachable = \"{ollama}\" }}\nbase-url = \"{ollama}\""),
        );
    folder.write("mira.toml", &text);
}

fn say(folder: &Folder, key: Option<&str>) -> Ran {
    let mut command = folder.command(&["chat", "mira.toml", "--say", "Who are you?"]);
    if let Some(key) = key {
        command.env("ANTHROPIC_API_KEY", key);
    }
    Ran::from(command.output().unwrap())
}

/// The line that the program begins with.
fn first_line(folder: &Folder, key: Option<&str>) -> String {
    let mut command = folder.command(&["run", "mira.toml"]);
    if let Some(key) = key {
        command.env("ANTHROPIC_API_KEY", key);
    }
    let mut child = command.spawn().unwrap();
    // What it says of itself may come on either of the two.
    let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (sender, lines) = std::sync::mpsc::channel();
    for stream in [Box::new(out) as Box<dyn Read + Send>, Box::new(err)] {
        let sender = sender.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
    }
    drop(sender);
    let mut seen = Vec::new();
    let line = lines.iter().find(|line| {
        seen.push(line.clone());
        line.contains("answers come from")
    });
    child.kill().unwrap();
    child.wait().unwrap();
    line.unwrap_or_else(|| panic!("{seen:?}"))
}

const NOBODY: &str = "http://127.0.0.1:9";

#[test]
fn the_best_model_there_is_answers() {
    let there = format!("http://{}", server());
    let off = "`anthropic` is off: ANTHROPIC_API_KEY is not set; `openrouter` is off: OPENROUTER_API_KEY is not set; \
               `openai` is off: OPENAI_API_KEY is not set; `google-genai` is off: GEMINI_API_KEY is not set";
    for (claude, ollama, key, answer, why) in [
        (
            NOBODY,
            NOBODY,
            None,
            "I am Mira",
            format!("`offline`: {off}; `ollama` is off: nothing answers at {NOBODY}"),
        ),
        (NOBODY, there.as_str(), None, "Ollama here.", format!("`ollama`: {off}; it goes before offline")),
        (
            there.as_str(),
            NOBODY,
            Some("a-key"),
            "Claude here.",
            "`anthropic`: it goes before offline".to_owned(),
        ),
        // A key that is blank is none.
        (
            there.as_str(),
            NOBODY,
            Some(" "),
            "I am Mira",
            off.replace("KEY is not set; `openrouter", "KEY is blank; `openrouter"),
        ),
        // A server that does not answer: the next one stands in, and the last one always does.
        (
            NOBODY,
            there.as_str(),
            Some("a-key"),
            "Ollama here.",
            "`anthropic`: it goes before ollama, offline".to_owned(),
        ),
        (NOBODY, NOBODY, Some("a-key"), "I am Mira", "`anthropic`: it goes before offline".to_owned()),
    ] {
        let folder = Folder::new();
        mira(&folder, claude, ollama);
        let ran = say(&folder, key);
        assert!(ran.fine().contains(answer), "{answer}: {}", ran.all());
        let line = first_line(&folder, key);
        assert!(line.contains(&why), "{why}\n{line}");
        assert!(!ran.all().contains("a-key"));
    }
}
