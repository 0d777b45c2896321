//! Tokens, stems, sentences, numbers, dates, the mirror and the first person.

use super::ada;
use crate::{
    heard::Heard,
    mirror::mirror,
    numbers::{date_span, numbers},
    words::{quoted_spans, sentences, stem, tokens},
};
use std::collections::BTreeSet;

#[test]
fn words_that_belong_together_share_a_stem() {
    let rows: &[&[&str]] = &[
        &["mute", "mutes", "muted", "muting"],
        &["follow", "follows", "following"],
        &["city", "cities"],
        &["run", "running", "runs"],
        &["translate", "translation", "translating"],
        &["box", "boxes"],
    ];
    for words in rows {
        let stems: BTreeSet<String> = words.iter().map(|word| stem(word)).collect();
        assert_eq!(stems.len(), 1, "{words:?} {stems:?}");
    }
    assert_ne!(stem("mute"), stem("unmute"));
}

#[test]
fn contractions_are_taken_apart() {
    let rows = [
        ("I'm", "i am"),
        ("don’t", "do not"),
        ("What's up", "what is up"),
        ("Bob's car", "bob's car"),
        ("3.5 at 10:30", "3.5 at 10:30"),
    ];
    for (text, wanted) in rows {
        let words: Vec<String> = tokens(text).into_iter().map(|token| token.lower).collect();
        assert_eq!(words.join(" "), wanted);
    }
}

#[test]
fn sentences_and_quotations() {
    assert_eq!(
        sentences("Dr. Who came. It is 3.5 m!\nReally?  "),
        ["Dr. Who came.", "It is 3.5 m!", "Really?"]
    );
    for (text, wanted) in [
        ("say \"hi there\" now", "hi there"),
        ("it's 'ok' then", "ok"),
        ("„Guten Tag”", "Guten Tag"),
        ("don't", ""),
    ] {
        let found = quoted_spans(text).first().map_or("", |(from, to)| text.get(*from..*to).unwrap());
        assert_eq!(found, wanted);
    }
}

#[test]
fn numbers_and_dates() {
    let rows: &[(&str, &[f64])] = &[
        ("three", &[3.0]),
        ("twenty five of 1,200", &[25.0, 1200.0]),
        ("-4 or 2.5", &[-4.0, 2.5]),
        ("two hundred and 5 days", &[200.0, 5.0]),
        ("none", &[]),
    ];
    for (text, wanted) in rows {
        let found: Vec<f64> = numbers(text, &tokens(text)).into_iter().map(|number| number.value).collect();
        assert_eq!(found, *wanted, "{text}");
    }
    let dates = [
        ("meet tomorrow at 5pm please", "tomorrow at 5pm"),
        ("remind me in 3 days of it", "in 3 days"),
        ("on 2026-01-02 we go", "2026-01-02"),
        ("next week maybe", "next week"),
        ("Friday evening", "Friday evening"),
        ("no date", ""),
    ];
    for (text, wanted) in dates {
        let heard = Heard::new(text, "", "", BTreeSet::new());
        assert_eq!(date_span(&heard.words).map_or("", |span| heard.slice(span)), wanted, "{text}");
    }
}

#[test]
fn the_mirror_turns_speakers_round() {
    let rows = [
        ("I am my own worst enemy", "you are your own worst enemy"),
        ("you hate me", "I hate you"),
        ("people like you", "people like me"),
        ("I'm sure that you are right", "you are sure that I am right"),
        ("It's mine, not yours", "It's yours, not mine"),
    ];
    for (text, wanted) in rows {
        assert_eq!(mirror(text), wanted);
    }
}

#[test]
fn a_bio_is_said_in_the_first_person() {
    let rows = [
        ("Keeps a log.", "I keep a log."),
        ("Ada is a robot", "I am a robot."),
        ("A keeper of logs", "I am a keeper of logs."),
        ("She studies clouds", "I study clouds."),
        ("You are helpful.", "I am helpful."),
        ("I like tea.", "I like tea."),
        ("Watches the sky", "I watch the sky."),
    ];
    for (line, wanted) in rows {
        assert_eq!(ada().first_person(line), wanted);
    }
}
