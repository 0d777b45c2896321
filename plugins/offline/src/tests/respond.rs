//! When the agent answers and when it is silent.

use super::{ada, dialogue};
use crate::brain::Brain;
use galatea::model::{Format, Line, ModelRequest, Purpose, Speaker};
use serde_json::json;

#[test]
fn responds_when_meant() {
    let bob = |text: &str| Line::new(Speaker::User, "Bob", text);
    let rows: Vec<(Vec<Line>, &str)> = vec![
        (dialogue(&["Ada, are you there?"]), "RESPOND"),
        (dialogue(&["I saw ada's log"]), "RESPOND"),
        (dialogue(&["nice day"]), "IGNORE"),
        (dialogue(&["What time is it?"]), "IGNORE"),
        (dialogue(&["hi Ada", "Hello.", "How are you?"]), "RESPOND"),
        (dialogue(&["hi Ada", "Hello.", "I am fine"]), "RESPOND"),
        (dialogue(&["Ada be quiet"]), "STOP"),
        (dialogue(&["hi Ada", "Hello.", "stop talking"]), "STOP"),
        (dialogue(&["the adapter is broken"]), "IGNORE"),
        (vec![bob("hi"), Line::new(Speaker::User, "Sam", "Bob, how are you?")], "IGNORE"),
        ([dialogue(&["hi Ada", "Hello."]), vec![bob("lunch was good")]].concat(), "IGNORE"),
        (Vec::new(), "IGNORE"),
    ];
    for (lines, wanted) in rows {
        let request = ModelRequest { lines: lines.clone(), ..ModelRequest::new(Purpose::ShouldRespond, "") };
        assert_eq!(Brain::new(ada(), 0).answer(&request).text, wanted, "{lines:?}");
    }
}

#[test]
fn decides_as_json_where_asked() {
    let mut request =
        ModelRequest { lines: dialogue(&["Ada?"]), ..ModelRequest::new(Purpose::ShouldRespond, "") };
    request.format = Format::Json(json!({
        "type": "object", "required": ["action"],
        "properties": {"action": {"type": "string", "enum": ["IGNORE", "RESPOND", "STOP"]}}
    }));
    assert_eq!(Brain::new(ada(), 0).answer(&request).text, r#"{"action":"RESPOND"}"#);
}
