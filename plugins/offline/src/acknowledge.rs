//! Takes note of what people say of themselves: names, homes, work, birthdays, gains.

use crate::{
    examples::anonymous,
    mood::has_phrase,
    statements::{Nature, statements},
    words::{sentences, tokens},
};

/// Things that somebody has and would rather talk about than have noted.
const TROUBLES: &[&str] = &[
    "headache",
    "problem",
    "problems",
    "trouble",
    "question",
    "questions",
    "feeling",
    "dream",
    "fear",
    "cold",
    "idea",
    "exam",
    "pain",
    "fever",
    "nightmare",
    "cancer",
    "disease",
    "reservation",
    "booking",
    "doubt",
    "suspicion",
    "bad",
    "failure",
    "burden",
    "loser",
    "mess",
    "hard",
    "difficult",
    "wreck",
    "bit",
    "little",
    "lot",
    "victim",
    "meeting",
];

/// The answer to a text that tells facts of the speaker, if it does.
pub(crate) fn answer(text: &str, speaker: &str) -> Option<String> {
    if text.trim_end().ends_with('?') || sentences(text).len() > 4 {
        return None;
    }
    let told: Vec<_> = statements(text, speaker)
        .into_iter()
        .filter(|statement| statement.nature == Nature::Fact || statement.told.starts_with("Your favo"))
        .collect();
    let name = told.iter().find_map(|statement| statement.name.clone());
    let facts: Vec<String> = told
        .iter()
        .filter(|statement| statement.name.is_none() && worth_noting(&statement.told))
        .map(|statement| lowered(&statement.told))
        .collect();
    match (name, facts.as_slice()) {
        (None, []) => festive(text, speaker),
        (Some(name), []) => Some(format!("Good to meet you, {name}.")),
        (Some(name), facts) => Some(format!("Good to meet you, {name}. So {}.", facts.join(", and "))),
        (None, facts) => Some(format!("Noted: {}.", facts.join(", and "))),
    }
}

/// A fact about home, work, age, kin by name, or something of a kind that has one value.
fn worth_noting(told: &str) -> bool {
    let words = tokens(told);
    let plain = told.starts_with("You ") || has_phrase(&words, "is your");
    let valued = words.first().is_some_and(|token| token.lower == "your")
        && words.get(1).is_some_and(|token| {
            token.is(&[
                "birthday",
                "favourite",
                "favorite",
                "name",
                "phone",
                "number",
                "address",
                "hometown",
                "age",
                "email",
                "room",
                "nickname",
                "surname",
            ])
        });
    let called = words.first().is_some_and(|token| token.lower == "your")
        && (has_phrase(&words, "is called") || has_phrase(&words, "are called"));
    (plain || valued || called) && !words.iter().any(|token| token.is(TROUBLES)) && words.len() <= 16
}

/// `You live in Oslo.` inside a sentence.
fn lowered(told: &str) -> String {
    let told = told.trim_end_matches('.');
    let own = told.starts_with("You ") || told.starts_with("Your ");
    if own {
        let (first, rest) = told.split_at(1);
        format!("{}{rest}", first.to_lowercase())
    } else {
        told.to_owned()
    }
}

/// Birthdays, weddings, new jobs and the feasts of the year.
fn festive(text: &str, speaker: &str) -> Option<String> {
    let words = tokens(text);
    if words.len() > 12 || has_phrase(&words, "not") {
        return None;
    }
    let said = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&words, phrase));
    let name = if anonymous(speaker) { String::new() } else { format!(", {speaker}") };
    if said(&["is my birthday", "my birthday today", "turned thirty", "today is my birthday"]) {
        return Some(format!("Happy birthday{name}."));
    }
    let feasts = [
        ("merry christmas", "Merry Christmas"),
        ("happy new year", "A happy new year"),
        ("happy easter", "Happy Easter"),
        ("happy holidays", "Happy holidays"),
    ];
    if let Some((_, back)) = feasts.iter().find(|(phrase, _)| said(&[phrase])) {
        return Some(format!("{back} to you too{name}."));
    }
    if said(&[
        "happy birthday",
        "congratulations",
        "congrats",
        "well done",
        "good job",
        "good work",
        "nice work",
    ]) {
        return Some(format!("Thank you{name}."));
    }
    let first = words.first().is_some_and(|token| token.is(&["i", "we"]));
    (first
        && said(&[
            "got married",
            "got engaged",
            "got promoted",
            "got a new job",
            "got the job",
            "passed my",
            "passed the",
            "won the",
            "had a baby",
            "got a raise",
            "graduated",
        ]))
    .then(|| format!("Congratulations{name}. Tell me about it."))
}
