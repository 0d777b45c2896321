#![allow(clippy::unwrap_used, reason = "tests")]

mod filter;
mod streams;

use super::*;

/// An answer on one line: format, thought, actions with arguments, providers, text, `cut`.
fn brief(answer: &Answer) -> String {
    let mut line = match answer.format {
        AnswerFormat::Xml => "xml".to_owned(),
        AnswerFormat::Json => "json".to_owned(),
        AnswerFormat::Plain => "plain".to_owned(),
    };
    if let Some(thought) = &answer.thought {
        line.push_str(&format!(" ({thought})"));
    }
    for call in &answer.actions {
        line.push_str(&format!(" {}", call.name));
        if call.arguments != serde_json::json!({}) {
            line.push_str(&call.arguments.to_string());
        }
    }
    for provider in &answer.providers {
        line.push_str(&format!(" @{provider}"));
    }
    if let Some(text) = &answer.text {
        line.push_str(&format!(" = {text}"));
    }
    if answer.cut {
        line.push_str(" [cut]");
    }
    line
}

const ROWS: &[(&str, &str)] = &[
    // Nothing.
    ("", "plain"),
    (" \n ", "plain"),
    ("<think>only</think>", "plain"),
    ("<think>never closed <response><text>no</text></response>", "plain"),
    // Plain text.
    ("Hello!", "plain = Hello!"),
    ("  Hello\nthere \n", "plain = Hello\nthere"),
    ("1 < 2 and 3 > 2 & so on", "plain = 1 < 2 and 3 > 2 & so on"),
    ("Use the <text> tag in SVG.", "plain = Use the <text> tag in SVG."),
    ("Put it in <response> tags.", "plain = Put it in <response> tags."),
    ("Hello</text></response>", "plain = Hello"),
    ("```rust\nfn main() {}\n```", "plain = ```rust\nfn main() {}\n```"),
    ("Write {name} or {a: b}.", "plain = Write {name} or {a: b}."),
    ("Here: ```json\n{\"a\": 1}\n```", "plain = Here: ```json\n{\"a\": 1}\n```"),
    ("{\"error\":404,\"message\":\"x\"}", "plain = {\"error\":404,\"message\":\"x\"}"),
    ("null", "plain = null"),
    ("<b>Hi</b> there", "plain = <b>Hi</b> there"),
    ("\u{0}\u{feff}{", "plain = \u{0}\u{feff}{"),
    // Thinking.
    ("<think>a</think>Hi", "plain = Hi"),
    ("<thinking>a</thinking>\n<response><text>Hi</text></response>", "xml = Hi"),
    ("reasoning from the prompt</think>Hi", "plain = Hi"),
    ("Hi <think>and now I", "plain = Hi"),
    ("<response><text>Hi <think>x</think>you</text></response>", "xml = Hi you"),
    ("{\"text\":\"<think>x</think>Hi\"}", "json = Hi"),
    ("<THINK>a</THINK>{\"reply\":\"Hi\"}", "json = Hi"),
    // XML.
    (
        "<response><thought>t</thought><actions>REPLY</actions><providers>A, B</providers><text>Hi</text></response>",
        "xml (t) REPLY @A @B = Hi",
    ),
    ("Sure! <response><text>Hi</text></response> Bye", "xml = Hi"),
    ("```xml\n<response><text>Hi</text></response>\n```", "xml = Hi"),
    ("<Response><Text>Hi</Text></Response>", "xml = Hi"),
    ("<output><response><text>Hi</text></response></output>", "xml = Hi"),
    ("<answer><text>Hi</text></answer>", "xml = Hi"),
    ("<thought>t</thought><actions>REPLY</actions><text>Hi</text>", "xml (t) REPLY = Hi"),
    ("Well.\n<thought>t</thought>\n<text>Hi</text>", "xml (t) = Hi"),
    ("<text>Hi</text>", "xml = Hi"),
    ("<response>plain</response>", "xml = plain"),
    ("<response></response>", "xml"),
    ("Hi <response></response>", "xml = Hi"),
    ("<response><actions>REPLY,,X</actions></response>", "xml REPLY X"),
    ("<response><actions>\n- REPLY\n- `GO`\n</actions></response>", "xml REPLY GO"),
    ("<response><actions>1. REPLY\n2) GO</actions></response>", "xml REPLY GO"),
    ("<response><actions>[\"REPLY\", \"GO\"]</actions></response>", "xml REPLY GO"),
    ("<response><actions>[REPLY, GO]</actions></response>", "xml REPLY GO"),
    ("<response><actions><action>REPLY</action><action>GO</action></actions></response>", "xml REPLY GO"),
    (
        "<response><actions><action><name>GO</name><params>{\"to\":\"x\"}</params></action></actions></response>",
        "xml GO{\"to\":\"x\"}",
    ),
    (
        "<response><actions><action name=\"GO\">{\"to\":\"x\"}</action></actions></response>",
        "xml GO{\"to\":\"x\"}",
    ),
    ("<response><actions><GO><to>x</to></GO><REPLY/></actions></response>", "xml REPLY GO{\"to\":\"x\"}"),
    ("<response><action>GO(to the park, now)</action></response>", "xml GO\"to the park, now\""),
    ("<response><action>GO({\"to\":\"x\"})</action></response>", "xml GO{\"to\":\"x\"}"),
    (
        "<response><actions>REPLY,GO</actions><params>{\"to\":\"x\"}</params><text>k</text></response>",
        "xml REPLY GO{\"to\":\"x\"} = k",
    ),
    ("<response><params>{\"to\":\"x\"}</params><actions>GO</actions></response>", "xml GO{\"to\":\"x\"}"),
    (
        "<response><actions>A,B</actions><params><A>{\"x\":1}</A><b>{\"y\":2}</b></params></response>",
        "xml A{\"x\":1} B{\"y\":2}",
    ),
    (
        "<response><actions>A,B</actions><params>{\"a\":{\"x\":1},\"B\":{\"y\":2}}</params></response>",
        "xml A{\"x\":1} B{\"y\":2}",
    ),
    (
        "<response><action>A</action><params>{\"x\":1}</params><action>B</action><params>{\"y\":2}</params></response>",
        "xml A{\"x\":1} B{\"y\":2}",
    ),
    ("<response><action>A</action><params><city>Oslo</city></params></response>", "xml A{\"city\":\"Oslo\"}"),
    ("<response><action>A</action><params>[1]</params></response>", "xml A[1]"),
    ("<response><action>A</action><params>nonsense</params></response>", "xml A\"nonsense\""),
    ("<response><action>A</action><params>```json\n{'x': 1,}\n```</params></response>", "xml A{\"x\":1}"),
    ("<response><action>A</action><params></params></response>", "xml A"),
    ("<response><text><![CDATA[raw <b> &amp;]]></text></response>", "xml = raw <b> &amp;"),
    (
        "<response><text>a &lt;b&gt; &amp;amp; &#65;&#x42; &nosuch;</text></response>",
        "xml = a <b> &amp; AB &nosuch;",
    ),
    ("<response><text>code: ```<div>x</div>```</text></response>", "xml = code: ```<div>x</div>```"),
    ("<response><text>{\"a\":1}</text></response>", "xml = {\"a\":1}"),
    ("<response><text>{\"text\":\"no\"}</text></response>", "xml = {\"text\":\"no\"}"),
    ("<response><facts><text>no</text></facts><text>Hi</text></response>", "xml = Hi"),
    ("<response><text>a</text><text>b</text></response>", "xml = b"),
    ("<response><!-- <text>no</text> --><text>Hi</text></response>", "xml = Hi"),
    ("<response><text>first</text></response><response><text>second</text></response>", "xml = first"),
    // XML that ends early.
    ("<response><thought>t</thought><text>Hello wor", "xml (t) = Hello wor [cut]"),
    ("<response><thought>t</thought><text>Hello</te", "xml (t) = Hello [cut]"),
    ("<response><thought>t</thought><text>unclosed</response>", "xml (t) = unclosed"),
    ("<response><text>Hi<actions>REPLY</actions></response>", "xml REPLY = Hi"),
    ("<response><thought>t<text>Hi</text></response>", "xml (t) = Hi"),
    ("<response><action>PAY</action><params>{\"amount\":10", "xml PAY [cut]"),
    ("<response>", "xml [cut]"),
    ("<text>a 1 < 2", "xml = a 1 < 2 [cut]"),
    // JSON.
    ("{\"thought\":\"t\",\"actions\":[\"REPLY\"],\"text\":\"Hi\"}", "json (t) REPLY = Hi"),
    ("```json\n{\"action\":\"GO\",\"parameters\":{\"to\":\"x\"}}\n```", "json GO{\"to\":\"x\"}"),
    ("Sure:\n{'reply': 'Hi', }", "json = Hi"),
    ("{text: Hi there, actions: [REPLY]}", "json REPLY = Hi there"),
    ("{\"actions\":\"A, B\",\"message\":\"Hi\"}", "json A B = Hi"),
    (
        "{\"actions\":[{\"name\":\"A\",\"arguments\":{\"x\":1}},{\"action\":\"B\",\"params\":\"{\\\"y\\\":2}\"}]}",
        "json A{\"x\":1} B{\"y\":2}",
    ),
    ("{\"actions\":{\"A\":{\"x\":1}}}", "json A{\"x\":1}"),
    ("{\"name\":\"A\",\"arguments\":{\"x\":1}}", "json A{\"x\":1}"),
    (
        "{\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"A\",\"arguments\":\"{\\\"x\\\":1}\"}}]}",
        "json A{\"x\":1}",
    ),
    ("{\"response\":{\"text\":\"Hi\",\"action\":\"A\"}}", "json A = Hi"),
    ("[{\"action\":\"A\"},{\"action\":\"B\"}]", "json A B"),
    (
        "```json\n{\"action\":\"A\"}\n```\nthen\n```json\n{\"action\":\"B\",\"text\":\"Hi\"}\n```",
        "json A B = Hi",
    ),
    (
        "{\"text\":\"say <response><text>x</text></response>\"}",
        "json = say <response><text>x</text></response>",
    ),
    ("{\"text\":\"she said \"no\" twice\"}", "json = she said \"no\" twice"),
    ("{\"text\":\"line\nbreak\\u00e9\\ud83d\\ude00\"}", "json = line\nbreaké😀"),
    ("{\"thought\":null,\"text\":null,\"actions\":null}", "json"),
    ("{\"text\":42}", "json = 42"),
    ("{\"providers\":[\"A\"],\"text\":\"Hi\"} // done", "json @A = Hi"),
    ("{\"thought\":\"t\", /* c */ \"simple\": True, \"text\":\"Hi\"}", "json (t) = Hi"),
    // JSON that ends early.
    ("{\"thought\":\"t\",\"text\":\"Hello wor", "json (t) = Hello wor [cut]"),
    ("{\"action\":\"PAY\",\"parameters\":{\"amount\":10", "json PAY [cut]"),
    ("{\"text\":\"Hi\",\"action\":", "json = Hi [cut]"),
    ("{\"text\":\"Hi\"", "json = Hi [cut]"),
];

#[test]
fn reads_what_models_write() {
    let wrong: Vec<String> = ROWS
        .iter()
        .map(|(answer, expected)| (answer, expected, brief(&read_answer(answer))))
        .filter(|(_, expected, got)| **expected != got.as_str())
        .map(|(answer, expected, got)| format!("{answer}\n  expected {expected}\n  got      {got}"))
        .collect();
    assert!(ROWS.len() >= 60 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn objects_in_any_text() {
    let rows = [
        ("{\"a\":[1,{\"b\":null}],\"c\":1.5}", Some("{\"a\":[1,{\"b\":null}],\"c\":1.5}")),
        ("x {\"a\":1,} y", Some("{\"a\":1}")),
        ("see {a:1}\n```json\n{\"b\":2}\n```", Some("{\"b\":2}")),
        ("{'it': 'isn't'}", Some("{\"it\":\"isn't\"}")),
        (
            "{\"a\":-1e3,\"b\":+2,\"c\":007,\"d\":1.2.3}",
            Some("{\"a\":-1000.0,\"b\":2,\"c\":7,\"d\":\"1.2.3\"}"),
        ),
        ("{\"a\":\"x\"\n\"b\":\"y\"}", Some("{\"a\":\"x\",\"b\":\"y\"}")),
        ("{}", Some("{}")),
        ("[1,2]", None),
        ("\"{}\"", None),
        ("{\"a\":1", None),
        ("{name}", None),
        ("", None),
    ];
    for (text, expected) in rows {
        let read = read_json_object(text).map(|fields| Value::Object(fields).to_string());
        assert_eq!(read.as_deref(), expected, "{text}");
    }
}

#[test]
fn verdicts() {
    use Verdict::{Ignore, Respond, Stop, Unclear};
    let rows = [
        ("<response><name>A</name><action>RESPOND</action></response>", Respond),
        ("<action>STOP", Stop),
        ("<think>RESPOND?</think><action>IGNORE</action>", Ignore),
        ("<response><action>none</action></response>", Ignore),
        ("{\"action\":\"STOP\"}", Stop),
        ("```json\n{\"should_respond\": true}\n```", Respond),
        ("{\"shouldRespond\": \"no\"}", Ignore),
        ("RESPOND", Respond),
        ("**ignore**.", Ignore),
        ("[STOP]", Stop),
        ("RESPOND\nBecause I was asked.", Respond),
        ("I think I should RESPOND here.", Respond),
        ("I should not RESPOND.", Unclear),
        ("RESPOND | IGNORE | STOP", Unclear),
        ("I would like to stop and respond to that, none the less.", Unclear),
        ("<action>WALK</action>", Unclear),
        ("", Unclear),
        ("<think>RESPOND", Unclear),
    ];
    for (answer, verdict) in rows {
        assert_eq!(read_should_respond(answer), verdict, "{answer}");
    }
}
