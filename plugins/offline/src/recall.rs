//! Answers from the conversation itself: what the speaker said of themselves, and what was said about something.

use crate::{
    bm25::Index,
    examples::anonymous,
    knowledge::{facts, foreign},
    mood::{has_phrase, starts_with},
    questions::{is_question, subject},
    statements::{Statement, statements},
    words::{stem, tokens},
};
use galatea::model::{Line, ModelRequest, Speaker};

/// The answer to a question about the speaker or about what they said, if the text is one.
pub(crate) fn answer(request: &ModelRequest, agent: &str) -> Option<String> {
    let last = request.lines.iter().rev().find(|line| line.speaker == Speaker::User)?;
    let words = tokens(&last.text);
    let asks = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&words, phrase));
    let earlier = earlier(request, last);
    if asks(&[
        "what is my name",
        "know my name",
        "remember my name",
        "who am i",
        "say my name",
        "recall my name",
    ]) && !asks(&["who am i talking", "who am i speaking"])
    {
        return Some(name(&earlier, last));
    }
    let of_me = [
        "what do you know about me",
        "what do you know of me",
        "do you remember me",
        "what do you remember about me",
        "what do you remember of me",
        "what have i told you",
        "what did i tell you about me",
        "what did i tell you about myself",
        "do you know me",
        "tell me about me",
    ];
    if asks(&of_me) {
        return Some(everything(&earlier, last));
    }
    if asks(&[
        "what did i say",
        "what did i tell you",
        "did i mention",
        "did i tell you",
        "did i say",
        "have i told you",
        "what did i just",
    ]) {
        return Some(said(&earlier, &last.text, agent));
    }
    if asks(&["do you remember", "can you remember", "do you recall", "what do you remember"]) {
        return Some(
            own_words(&earlier, last, request, agent).unwrap_or_else(|| said(&earlier, &last.text, agent)),
        );
    }
    let own = words.iter().any(|token| token.is(&["i", "my", "me"]));
    let wanted = [
        "what",
        "where",
        "who",
        "when",
        "which",
        "how old",
        "how many",
        "do you know",
        "tell me",
        "am i",
        "do i",
        "do not i",
    ];
    if !own || !is_question(&last.text, &words) || !asks(&wanted) {
        return None;
    }
    own_words(&earlier, last, request, agent).or_else(|| unknown_of_speaker(&last.text))
}

/// All that the speaker told of themselves.
fn everything(earlier: &[&Line], last: &Line) -> String {
    let mut found: Vec<String> = told(earlier).into_iter().map(|s| s.told).collect();
    found.reverse();
    found.dedup();
    let named = found.iter().any(|told| told.starts_with("Your name is"));
    if !named && !anonymous(&last.name) {
        found.insert(0, format!("You go by {} here.", last.name));
    }
    match found.len() {
        0 => "You have told me nothing about yourself yet.".to_owned(),
        1 if !named && !anonymous(&last.name) => {
            format!("{} You have told me nothing else about yourself yet.", found.concat())
        }
        _ => found.join(" "),
    }
}

fn earlier<'r>(request: &'r ModelRequest, last: &Line) -> Vec<&'r Line> {
    let mut lines: Vec<&Line> =
        request.lines.iter().filter(|line| line.speaker == Speaker::User && line.name == last.name).collect();
    lines.pop();
    lines
}

fn told(earlier: &[&Line]) -> Vec<Statement> {
    earlier.iter().rev().flat_map(|line| statements(&line.text, &line.name).into_iter().rev()).collect()
}

fn name(earlier: &[&Line], last: &Line) -> String {
    let given = told(earlier).into_iter().find_map(|statement| statement.name);
    match given {
        Some(name) => format!("Your name is {name}: you told me."),
        None if anonymous(&last.name) => "You have not told me your name.".to_owned(),
        None => format!("You go by {} here.", last.name),
    }
}

/// What the speaker told of themselves, or what is known of them, that fits the question.
fn own_words(earlier: &[&Line], last: &Line, request: &ModelRequest, agent: &str) -> Option<String> {
    const SAME: &[(&str, &[&str])] = &[
        ("do i do", &["work", "am a", "am an"]),
        ("old am i", &["years old"]),
        ("is my job", &["work"]),
        ("am i from", &["from"]),
    ];
    let words = tokens(&last.text);
    let told = told(earlier);
    let special = SAME.iter().find(|(phrase, _)| has_phrase(&words, phrase)).and_then(|(_, marks)| {
        told.iter()
            .find(|statement| marks.iter().any(|mark| statement.told.contains(&mark.replace("am", "are"))))
    });
    if let Some(statement) = special {
        return Some(statement.told.clone());
    }
    let mut question = subject(&words, agent);
    question.retain(|word| !["call", "nam", "rememb", "remember"].contains(&word.as_str()));
    let disliked = has_phrase(&words, "not i like") || has_phrase(&words, "i not like");
    if disliked || has_phrase(&words, "do i like") {
        // Grammar in most sentences; here it is what is asked for.
        question.insert(stem("like"));
    }
    if disliked {
        question.insert("not".to_owned());
    }
    let fits = |text: &str| {
        let stems: Vec<String> = tokens(text).into_iter().map(|token| token.stem).collect();
        !question.is_empty() && question.iter().all(|word| stems.contains(word))
    };
    let mut found: Vec<String> = told.iter().filter(|s| fits(&s.told)).map(|s| s.told.clone()).collect();
    found.reverse();
    found.dedup();
    if !found.is_empty() {
        return Some(found.join(" "));
    }
    let context = foreign(&request.context, agent);
    let known = facts(&context).filter(|line| !anonymous(&last.name) && line.contains(&last.name));
    known.filter(|line| fits(line)).map(str::to_owned).next()
}

/// The speaker's earlier line about the subject of the question, word for word.
fn said(earlier: &[&Line], text: &str, agent: &str) -> String {
    let words = tokens(text);
    let mut question = subject(&words, agent);
    for word in ["remember", "recall", "mention", "told", "said", "say", "earlier", "before"] {
        question.remove(&stem(word));
    }
    if question.is_empty() {
        return earlier.last().map_or_else(
            || "You have not said anything before this.".to_owned(),
            |line| format!("The last thing you said before this: \"{}\"", line.text.trim()),
        );
    }
    let earlier: Vec<&&Line> = earlier.iter().filter(|line| !line.text.trim_end().ends_with('?')).collect();
    let index = Index::new(earlier.iter().map(|line| line.text.as_str()));
    let best = index.search(&question).into_iter().find(|hit| hit.coverage >= 0.5);
    best.and_then(|hit| earlier.get(hit.document)).map_or_else(
        || "I don't remember you saying anything about that.".to_owned(),
        |line| format!("You said: \"{}\"", line.text.trim()),
    )
}

/// `where do I work?` without anything said of it: an honest no.
fn unknown_of_speaker(text: &str) -> Option<String> {
    let words = tokens(text);
    let led = [
        "where do i",
        "what is my",
        "who is my",
        "where is my",
        "when is my",
        "what do i like",
        "how old am i",
        "where am i from",
        "what do i do",
    ];
    let known = led.iter().any(|phrase| starts_with(&words, phrase) || has_phrase(&words, phrase));
    let should = words.iter().any(|token| token.is(&["should", "problem", "purpose"]));
    (known && !should && words.len() <= 8).then(|| "You have not told me that.".to_owned())
}
