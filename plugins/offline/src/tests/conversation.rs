//! What the brain says: identity, knowledge, memory, small talk, results and talk; always the same for the same
//! request.

use super::{ada, dialogue, toolbox::toolbox};
use crate::brain::Brain;
use galatea::model::{Format, Line, ModelRequest, Parameters, Purpose, Speaker};

fn request(lines: Vec<Line>) -> ModelRequest {
    ModelRequest { lines, ..ModelRequest::new(Purpose::Reply, "") }
}

fn reply(texts: &[&str]) -> String {
    Brain::new(ada(), 0).answer(&request(dialogue(texts))).text
}

#[test]
fn replies_say_what_they_should() {
    // The lines of Sam and Ada in turn, and a part of the answer to the last.
    let rows: &[(&[&str], &str)] = &[
        (&["Who are you?"], "I am Ada. I keep the weather log"),
        (&["hey Ada, what's your name?"], "I am Ada."),
        (&["What are you?"], "no language model"),
        (&["are you human?"], "offline engine"),
        (&["Are you ChatGPT?"], "add a model plugin"),
        (&["what model are you"], "rules and retrieval"),
        (&["hi"], "Hello, Sam. I am Ada."),
        (&["Good morning Ada!"], "Hello, Sam."),
        (&["Hi!", "Hello.", "thanks a lot"], "Sam."),
        (&["How are you?"], "program"),
        (&["goodbye"], "Goodbye, Sam."),
        (&["do you ever sleep?"], "The barometer never does, Sam, so neither do I."),
        (&["When does the observatory open?"], "It opens at nine in the morning."),
        (&["Who made the barometer?"], "Negretti"),
        (&["how much do visitors pay?"], "five euros"),
        (&["Where were you built?"], "I was built in Bergen in 2019."),
        (&["What is the capital of France?"], "I don't know that."),
        (&["Who won the football game in 1998?"], "I don't know that."),
        (&["do you know who painted the Mona Lisa?"], "I don't know that."),
        (&["what is my name?"], "You go by Sam here."),
        (&["My name is Samuel", "Hello.", "What's my name?"], "Your name is Samuel"),
        (&["I live in Oslo and I like old maps.", "Hm.", "Where do I live?"], "You live in Oslo."),
        (&["I live in Oslo and I like old maps.", "Hm.", "What do I like?"], "You like old maps."),
        (&["My sister is called Emma.", "Hm.", "Who is my sister?"], "Emma is your sister."),
        (
            &["My favourite colour is green.", "Hm.", "what's my favourite colour?"],
            "Your favourite colour is green.",
        ),
        (&["Where do I work?"], "You have not told me that."),
        (
            &["The train was late because of snow", "Oh.", "What did I say about the train?"],
            "You said: \"The train was late because of snow\"",
        ),
        (
            &["I had soup", "Oh.", "Do you remember what I said about elephants?"],
            "I don't remember you saying",
        ),
        (&["I am sad"], "sorry to hear that you are sad"),
        (&["I feel lost at sea"], "lost at sea"),
        (&["I want a quieter life"], "a quieter life"),
        (&["My mother calls me every day"], "mother"),
        (&["I think you are wrong about this"], "I am wrong about this"),
        (&["because it rains"], "it rains"),
        (&["I'm afraid of your barometer"], "my barometer"),
        (&["be quiet"], "quiet"),
        (
            &["My garden is full of snails", "Go on.", "Hm hm"],
            "arlier you mentioned that your garden is full of snails",
        ),
        (&["I sail with my brother!", "Oh.", "la la"], "arlier"),
        (&["Where do you come from, Ada?"], "Nothing I was given about myself"),
        (&["tell me a joke"], "jokes"),
        (&["..."], "listening"),
        (&[""], "listening"),
    ];
    let wrong: Vec<String> = rows
        .iter()
        .map(|(texts, part)| (texts, part, reply(texts)))
        .filter(|(_, part, answer)| !answer.contains(*part))
        .map(|(texts, part, answer)| format!("{texts:?}\n  wanted {part:?}\n  got    {answer:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn context_answers_questions_but_does_not_echo_them() {
    let mut asked = request(dialogue(&["Where is the spare key?"]));
    asked.context =
        "# Facts\n- The spare key is under the blue pot.\n# Recent messages\nSam: Where is the spare key?"
            .to_owned();
    assert_eq!(Brain::new(ada(), 0).answer(&asked).text, "The spare key is under the blue pot.");
    asked.context = "# Recent messages\nSam: Where is the spare key?".to_owned();
    assert_eq!(
        Brain::new(ada(), 0).answer(&asked).text,
        "I don't know that. It is not in anything I was given to know."
    );
    let mut own = request(dialogue(&["Where do I live?"]));
    own.context = "- Bob lives in Rome.\n- Sam lives in Oslo.".to_owned();
    assert_eq!(Brain::new(ada(), 0).answer(&own).text, "Sam lives in Oslo.");
}

#[test]
fn results_are_told_as_they_are() {
    let result =
        |name: &str, text: &str, success: bool| Line { success, ..Line::new(Speaker::Tool, name, text) };
    let rows = [
        (vec![result("GET_WEATHER", "Paris: 12 °C, rain.", true)], "Paris: 12 °C, rain."),
        (
            vec![result("GET_WEATHER", "Paris: 12 °C.", true), result("MUTE_ROOM", "", true)],
            "Paris: 12 °C.\n\nMute room: done.",
        ),
        (
            vec![result("GET_WEATHER", "the service did not answer in 10s", false)],
            "I could not get the weather: the service did not answer in 10s.",
        ),
        (vec![result("GET_WEATHER", "", false)], "I could not get the weather; no cause was given."),
    ];
    for (results, wanted) in rows {
        for purpose in [Purpose::Decide, Purpose::Reply] {
            let mut asked = request(dialogue(&["What's the weather in Paris and mute this room"]));
            asked.tools = toolbox();
            asked.purpose = purpose;
            asked.lines.extend(results.clone());
            let answer = Brain::new(ada(), 0).answer(&asked);
            assert_eq!((answer.text.as_str(), answer.calls.len()), (wanted, 0));
        }
    }
}

#[test]
fn decisions_call_ask_or_talk() {
    let decide = |text: &str| {
        let mut asked = request(dialogue(&[text]));
        asked.purpose = Purpose::Decide;
        asked.tools = toolbox();
        let answer = Brain::new(ada(), 0).answer(&asked);
        let calls: Vec<(String, String)> =
            answer.calls.into_iter().map(|call| (call.id, call.name)).collect();
        (answer.text, calls)
    };
    let call = |id: &str, name: &str| (id.to_owned(), name.to_owned());
    assert_eq!(
        decide("mute this room and tell me the weather in Oslo").1,
        [call("call-1", "MUTE_ROOM"), call("call-2", "GET_WEATHER")]
    );
    assert_eq!(decide("what's the weather?"), ("Which place? (The place to look up)".to_owned(), vec![]));
    assert_eq!(decide("stop talking to me").1, [call("call-1", "IGNORE")]);
    assert_eq!(
        decide("What does muting a room do?").0,
        "Mute room: Mutes a room: the agent ignores its messages unless mentioned."
    );
    assert!(decide("what can you do?").0.contains("get the weather"));
    assert_eq!(decide("hello").1, []);
}

#[test]
fn the_same_request_gives_the_same_bytes_and_the_seed_varies_them() {
    let texts = ["I am sad", "Why?", "I don't know", "Hm.", "Nothing works and my car is broken"];
    let answer = |seed: u64, parameters: Parameters| {
        let asked = ModelRequest { parameters, ..request(dialogue(&texts)) };
        serde_json::to_string(&Brain::new(ada(), seed).answer(&asked)).unwrap()
    };
    let first = answer(0, Parameters::default());
    assert_eq!(first, answer(0, Parameters::default()));
    assert!((1..8).any(|seed| answer(seed, Parameters::default()) != first));
    let seeded = Parameters { seed: Some(3), ..Parameters::default() };
    assert_eq!(answer(0, seeded), answer(3, Parameters::default()));
}

#[test]
fn long_talk_does_not_repeat_itself() {
    let said = [
        "Hm hm",
        "Well well",
        "My garden is wet",
        "Oh dear",
        "So it goes",
        "Hm",
        "Ah",
        "Tja",
        "La la",
        "Hm hm hm",
    ];
    let mut texts: Vec<String> = Vec::new();
    for text in said {
        texts.push(text.to_owned());
        let lines: Vec<&str> = texts.iter().map(String::as_str).collect();
        let answer = reply(&lines);
        assert!(!answer.is_empty() && !answer.contains(['{', '}']), "{answer}");
        assert!(
            texts.last() != Some(&answer) && !texts.iter().rev().take(4).any(|old| *old == answer),
            "{texts:?} {answer}"
        );
        texts.push(answer);
    }
}

#[test]
fn limits_of_the_request_are_kept() {
    let mut asked = request(dialogue(&["Who are you?"]));
    asked.parameters.max_tokens = Some(3);
    assert_eq!(Brain::new(ada(), 0).answer(&asked).text, "I am Ada.");
    asked.parameters = Parameters { stop: Some(vec!["weather".to_owned()]), ..Parameters::default() };
    let answer = Brain::new(ada(), 0).answer(&asked);
    assert_eq!(
        (answer.text.as_str(), answer.model.as_str(), answer.usage.prompt),
        ("I am Ada. I keep the", "offline", 3)
    );
    asked.format = Format::Json(serde_json::json!({
        "type": "object", "required": ["city", "days"],
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}
    }));
    asked.lines = dialogue(&["three days in Paris"]);
    assert_eq!(Brain::new(ada(), 0).answer(&asked).text, r#"{"city":"Paris","days":3}"#);
}

#[test]
fn an_answer_takes_little_time() {
    let mut texts = Vec::new();
    for _ in 0..16 {
        texts.extend([
            "I live in Oslo and my sister is called Emma, who likes the harbour.",
            "And what follows from that?",
        ]);
    }
    texts.push("Can you tell me something about the weather in Paris and mute this room?");
    let mut asked = request(dialogue(&texts));
    asked.tools = toolbox();
    asked.purpose = Purpose::Decide;
    let begun = std::time::Instant::now();
    for _ in 0..10 {
        assert_eq!(Brain::new(ada(), 0).answer(&asked).calls.len(), 2);
    }
    // Milliseconds where optimised; the bound only catches what grows without measure.
    assert!(begun.elapsed().as_millis() < 3000, "{:?}", begun.elapsed());
}
