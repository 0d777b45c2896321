//! What reflection finds in what people say.

use super::{ada, dialogue};
use crate::brain::Brain;
use galatea::model::{ModelRequest, Purpose};
use serde_json::{Value, json};

fn reflected(text: &str, context: &str) -> Value {
    let mut request = ModelRequest::new(Purpose::Reflect, "");
    request.lines = dialogue(&[text, "I see."]);
    request.context = context.to_owned();
    serde_json::from_str(&Brain::new(ada(), 0).answer(&request).text).unwrap()
}

#[test]
fn statements_become_claims() {
    let rows: &[(&str, Value)] = &[
        ("My name is Samuel Berg.", json!([["Sam's name is Samuel Berg", "fact"]])),
        (
            "I live in Oslo, and I work at a bakery.",
            json!([["Sam lives in Oslo", "fact"], ["Sam works at a bakery", "fact"]]),
        ),
        ("I'm a carpenter", json!([["Sam is a carpenter", "fact"]])),
        ("I love my dog", json!([["Sam loves their dog", "opinion"]])),
        ("I don't like rain", json!([["Sam does not like rain", "opinion"]])),
        ("I am tired.", json!([["Sam is tired", "status"]])),
        ("I'm 34 years old", json!([["Sam is 34 years old", "fact"]])),
        ("My sister is called Emma", json!([["Emma is Sam's sister", "fact"]])),
        (
            "Tom is my boss and I hate Mondays",
            json!([["Tom is Sam's boss", "fact"], ["Sam hates Mondays", "opinion"]]),
        ),
        ("my brother Nils is here", json!([["Nils is Sam's brother", "fact"]])),
        ("My birthday is in May", json!([["Sam's birthday is in May", "fact"]])),
        ("Do I live in Oslo?", json!([])),
        ("What's the weather in Paris?", json!([])),
        ("I am going to mute you", json!([])),
        ("hello there", json!([])),
    ];
    for (text, wanted) in rows {
        let reflection = reflected(text, "");
        let facts = reflection["facts"].as_array().unwrap();
        let found: Value = facts.iter().map(|fact| json!([fact["claim"], fact["type"]])).collect();
        assert_eq!(found, *wanted, "{text}");
    }
}

#[test]
fn relationships_and_known_claims() {
    let reflection = reflected("My sister Emma lives here. I live in Oslo.", "- Sam lives in Oslo");
    assert_eq!(reflection["relationships"], json!([{"source": "Sam", "target": "Emma", "tags": ["sister"]}]));
    assert_eq!(
        reflection["facts"][1],
        json!({"claim": "Sam lives in Oslo", "type": "fact", "in-bio": false, "already-known": true})
    );
    assert_eq!(reflection["facts"][0]["already-known"], false);
    let nothing = reflected("hm", "");
    assert_eq!((&nothing["facts"], &nothing["relationships"]), (&json!([]), &json!([])));
}
