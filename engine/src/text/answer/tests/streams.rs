//! Streamed answers, and answers that are not meant well.

use super::super::*;

fn streamed(answer: &str, size: usize) -> String {
    let chars: Vec<char> = answer.chars().collect();
    let mut reader = StreamReader::new();
    let mut out = String::new();
    for chunk in chars.chunks(size) {
        let shown = reader.push(&chunk.iter().collect::<String>());
        if reader.take_back() {
            out.clear();
        }
        out.push_str(&shown);
    }
    out + &reader.finish()
}

#[test]
fn streams_show_what_the_user_may_see() {
    let rows = [
        ("Hello there", "Hello there"),
        ("a <b>bold</b> 1 < 2 <", "a <b>bold</b> 1 < 2 <"),
        ("<think>secret</think>\nHi", "Hi"),
        ("Hi <think>secret</think>you", "Hi you"),
        ("<think>secret <response><text>x", ""),
        (
            "<response><thought>secret <text>no</text></thought><text> Hi &amp; bye </text></response>",
            "Hi & bye",
        ),
        ("<response><text>Hi<think>secret</think></text>", "Hi"),
        ("<response><text>a <![CDATA[<b>]]> c</text>", "a <b> c"),
        ("<response><text>Hello</te", "Hello"),
        ("<response><text>Hello<actions>REPLY</actions>", "Hello"),
        ("<response><text>AT&T</text>", "AT&T"),
        ("<response><thought>never closed<text>Hi</text></response>", "Hi"),
        ("<response><actions>SEND</actions><text>Hi</text></response>", ""),
        ("<response><actions><action name=\"SEND\"/></actions><text>Hi</text></response>", ""),
        ("```xml\n<response><text>Hi</text></response>\n```", "Hi"),
        ("Sure!\n<response><thought>secret</thought><text>Hi</text></response>", "Sure!\nHi"),
        ("Sure!\n<thought>secret</thought><text>Hi</text>", "Sure!\nHi"),
        ("{\"thought\":\"secret\",\"text\":\"Hi\"}", "Hi"),
        ("{\"thought\":\"secret\",\"text\":\"Hi", "Hi"),
        ("Sure:\n{\"thought\":\"secret\",\"text\":\"Hi\"}", "Sure:\nHi"),
        ("Sure:\n```json\n{\"thought\":\"secret\",\"text\":\"Hi\"}\n```\n", "Sure:\nHi"),
        ("Sure:\n```json\n{\"a\":1}\n```\nOK", "Sure:\n```json\n{\"a\":1}\n```\nOK"),
        ("```rust\n<response>\n{\"text\":1}\n```\nOK", "```rust\n<response>\n{\"text\":1}\n```\nOK"),
        ("{name} is a placeholder", "{name} is a placeholder"),
        ("[laughs] Hi", "[laughs] Hi"),
        ("<b>Hi</b>", "<b>Hi</b>"),
        ("", ""),
    ];
    for (answer, expected) in rows {
        for size in [1, 2, 3, 7, 1000] {
            assert_eq!(streamed(answer, size), expected, "{answer} in chunks of {size}");
        }
    }
}

#[test]
fn thinking_that_began_in_the_prompt() {
    let mut reader = StreamReader::inside_thinking();
    let shown = reader.push("secret</thi") + &reader.push("nk>\nHi") + &reader.finish();
    assert_eq!(shown, "Hi");
}

#[test]
fn hostile_answers_take_no_time() {
    let long = |part: &str| part.repeat(100_000 / part.len());
    let mut slowest = (std::time::Duration::ZERO, "");
    for part in [
        "<",
        "<a>",
        "<text>",
        "{",
        "{a:",
        "[",
        "{\"a\" ",
        "<think>",
        "&",
        "```\n",
        "\"",
        "</response>",
        "{\"",
        "<response><text>",
    ] {
        let started = std::time::Instant::now();
        let _ = read_answer(&long(part));
        let _ = key_values(&long(part));
        let _ = read_json_object(&long(part));
        let _ = read_should_respond(&long(part));
        let mut reader = StreamReader::new();
        let _ = reader.push(&long(part));
        let _ = reader.finish();
        slowest = slowest.max((started.elapsed(), part));
    }
    assert!(slowest.0.as_secs() < 5, "{slowest:?}");
}

/// Fragments thrown together: nothing panics, and chunks make no difference.
#[test]
fn any_mixture_is_read() {
    const PARTS: [&str; 48] = [
        "<response>",
        "</response>",
        "<text>",
        "</text>",
        "<thought>",
        "</thought>",
        "<actions>",
        "</actions>",
        "<action name=\"A\">",
        "</action>",
        "<params>",
        "</params>",
        "<think>",
        "</think>",
        "<b>",
        "<te",
        "</",
        "<",
        ">",
        "&amp;",
        "&",
        "<![CDATA[",
        "]]>",
        "]",
        "<!--",
        "-->",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        ":",
        ",",
        "\\",
        "\\u12",
        "\"text\":",
        "\"action\":",
        "```",
        "```json\n",
        "\n",
        " ",
        "é",
        "😀",
        "word",
        "REPLY",
        "12",
        "(",
    ];
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    for _ in 0..4_000 {
        let answer: String = (0..next(16)).map(|_| PARTS[next(PARTS.len())]).collect();
        let read = read_answer(&answer);
        assert!(read.text.is_none_or(|text| !text.is_empty()), "{answer}");
        assert!(read.actions.iter().all(|call| !call.name.is_empty()), "{answer}");
        let _ = (key_values(&answer), read_json_object(&answer), read_should_respond(&answer));
        let whole = streamed(&answer, usize::MAX);
        for size in [1, 2, 5] {
            assert_eq!(streamed(&answer, size), whole, "{answer:?} in chunks of {size}");
        }
    }
}
