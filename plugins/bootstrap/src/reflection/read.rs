//! Reads a reflection: the JSON that is asked for, or the XML of elizaOS's reflection template.

use galatea::text::{
    answer::{key_values, read_json_object},
    name::same_name,
    sentence::is_true,
};
use serde_json::{Map, Value};

/// What a model saw when it looked back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reflection {
    pub(super) thought: String,
    pub(super) facts: Vec<Claim>,
    pub(super) relationships: Vec<Tie>,
}

/// Something that somebody stated.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Claim {
    pub(super) claim: String,
    /// `fact`, `opinion` or `status`.
    pub(super) kind: String,
    /// Whom it is about, if the model says so.
    pub(super) about: Option<String>,
    /// The model takes it for known, or for a part of the agent's bio.
    pub(super) known: bool,
}

/// Two people, and what the second is to the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tie {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) tags: Vec<String>,
}

/// Takes an answer apart; `None` if it is no reflection at all.
pub(super) fn read(answer: &str) -> Option<Reflection> {
    let answer = answer.rsplit_once("</think>").map_or(answer, |(_, after)| after);
    from_json(answer).or_else(|| from_xml(answer))
}

fn from_json(answer: &str) -> Option<Reflection> {
    let object = read_json_object(answer)?;
    let (facts, relationships) = (field(&object, &["facts"]), field(&object, &["relationships"]));
    if facts.is_none() && relationships.is_none() && field(&object, &["thought"]).is_none() {
        return None;
    }
    Some(Reflection {
        thought: text(&object, &["thought"]),
        facts: objects(facts).filter_map(claim).collect(),
        relationships: objects(relationships).filter_map(tie).collect(),
    })
}

/// elizaOS 1.7.2 asks for nested elements and reads them flat, so it keeps nothing of them.
fn from_xml(answer: &str) -> Option<Reflection> {
    let read = |element: &str| key_values(element);
    let thought = elements(answer, "thought").first().map(|element| content(element)).unwrap_or_default();
    let facts: Vec<Claim> =
        elements(answer, "fact").into_iter().filter_map(read).filter_map(|fact| claim(&fact)).collect();
    let relationships: Vec<Tie> =
        elements(answer, "relationship").into_iter().filter_map(read).filter_map(|one| tie(&one)).collect();
    let is_reflection = ["thought", "facts", "fact", "relationships", "relationship"]
        .iter()
        .any(|name| answer.contains(&format!("<{name}>")) || answer.contains(&format!("<{name}/>")));
    is_reflection.then_some(Reflection { thought, facts, relationships })
}

/// The elements of a name, tags included, that are not inside of one another.
fn elements<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(&open) {
        let from = rest.get(start..).unwrap_or_default();
        let after = from.get(open.len()..).unwrap_or_default();
        // `<fact` also begins `<facts>`.
        if !after.starts_with(['>', ' ', '\n', '\t', '\r']) {
            rest = after;
            continue;
        }
        let Some(end) = from.find(&close).map(|at| at + close.len()) else {
            break;
        };
        found.extend(from.get(..end));
        rest = from.get(end..).unwrap_or_default();
    }
    found
}

/// What stands in an element without children.
fn content(element: &str) -> String {
    let inner = element.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</"));
    inner.map(|(inner, _)| inner.trim().to_owned()).unwrap_or_default()
}

fn objects(list: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn claim(fact: &Map<String, Value>) -> Option<Claim> {
    let claim = text(fact, &["claim", "fact", "text"]);
    let kind = text(fact, &["type", "kind"]).to_lowercase();
    let kind = if ["opinion", "status"].contains(&kind.as_str()) { kind } else { "fact".to_owned() };
    let about = Some(text(fact, &["about", "entity", "subject", "entityId"])).filter(|name| !name.is_empty());
    let known = is_set(fact, "in-bio") || is_set(fact, "already-known");
    (!claim.is_empty()).then_some(Claim { claim, kind, about, known })
}

fn tie(relationship: &Map<String, Value>) -> Option<Tie> {
    let source = text(relationship, &["source", "sourceEntityId", "from"]);
    let target = text(relationship, &["target", "targetEntityId", "to"]);
    let tags = match field(relationship, &["tags", "tag", "type"]) {
        Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).map(tidy).collect(),
        Some(Value::String(tags)) => tags.split(',').map(tidy).collect(),
        _ => Vec::new(),
    };
    let tags = tags.into_iter().filter(|tag| !tag.is_empty()).collect();
    (!source.is_empty() && !target.is_empty()).then_some(Tie { source, target, tags })
}

/// `Group Interaction` and `group_interaction` are one tag.
fn tidy(tag: &str) -> String {
    tag.trim().to_lowercase().replace(['_', ' '], "-")
}

fn is_set(object: &Map<String, Value>, name: &str) -> bool {
    match field(object, &[name]) {
        Some(Value::Bool(set)) => *set,
        Some(Value::String(text)) => is_true(text),
        _ => false,
    }
}

fn text(object: &Map<String, Value>, names: &[&str]) -> String {
    field(object, names).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// The field of the first of these names, however it is written: `in-bio`, `in_bio`, `inBio`.
fn field<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.iter().find(|(key, _)| same_name(key, name)).map(|(_, value)| value))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn claim(claim: &str, kind: &str, about: Option<&str>, known: bool) -> Claim {
        Claim { claim: claim.to_owned(), kind: kind.to_owned(), about: about.map(str::to_owned), known }
    }

    #[test]
    fn json_and_xml_are_read() {
        let tie = |tags: &[&str]| Tie {
            source: "Sam".to_owned(),
            target: "Emma".to_owned(),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        };
        let wanted = Reflection {
            thought: "Friendly.".to_owned(),
            facts: vec![
                claim("Sam lives in Oslo", "fact", None, false),
                claim("Sam likes rain & fog", "opinion", None, true),
            ],
            relationships: vec![tie(&["sister", "group-interaction"])],
        };
        let json = r#"Here it is: ```json
            {"thought": "Friendly.", "facts": [{"claim": "Sam lives in Oslo", "type": "fact", "in-bio": false, "already-known": false},
             {"claim": "Sam likes rain & fog", "type": "opinion", "inBio": false, "already_known": true}, {"type": "fact"}],
             "relationships": [{"source": "Sam", "target": "Emma", "tags": ["sister", "group_interaction"]}, {"source": "Sam"}]}
            ```"#;
        let xml = "<think>{\"facts\": []}</think><response>\n<thought>Friendly.</thought>\n<facts>\n<fact>\n<claim>Sam lives in Oslo</claim>\
            <type>fact</type><in_bio>false</in_bio><already_known>false</already_known></fact>\n<fact><claim>Sam likes rain &amp; fog</claim>\
            <type>opinion</type><in_bio>false</in_bio><already_known>true</already_known></fact></facts>\n<relationships><relationship>\
            <sourceEntityId>Sam</sourceEntityId><targetEntityId>Emma</targetEntityId><tags>sister, group_interaction</tags></relationship>\
            </relationships></response>";
        assert_eq!(read(json), Some(wanted.clone()), "json");
        assert_eq!(read(xml), Some(wanted), "xml");
    }

    #[test]
    fn what_is_no_reflection_is_none_and_an_empty_one_is_empty() {
        let rows = [
            ("I would rather not.", false),
            ("", false),
            (r#"{"answer": 42}"#, false),
            (r#"{"facts": [], "relationships": []}"#, true),
            ("<response><thought></thought><facts></facts></response>", true),
            ("<response><facts><fact><claim>cut", true),
        ];
        for (answer, is_one) in rows {
            let read = read(answer);
            assert_eq!(read.is_some(), is_one, "{answer}");
            assert!(read.is_none_or(|reflection| reflection.facts.is_empty()), "{answer}");
        }
    }
}
