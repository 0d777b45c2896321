//! What rules cannot do, said plainly: write, draw, order, read code, know the time, or claim something on command.

use crate::{
    mood::{has_phrase, starts_with, without_openers},
    persona::Persona,
    words::{Token, tokens},
};

/// The answer to something that is beyond this engine, if the text asks for that.
pub(crate) fn answer(persona: &Persona, text: &str, context: &str) -> Option<String> {
    let all = tokens(text);
    let words = without_openers(&all, &persona.name);
    crisis(&all)
        .or_else(|| clock(words, context))
        .or_else(|| on_command(words))
        .or_else(|| is_code(text).then(|| CODE.to_owned()))
}

const CODE: &str = "That looks like code. The rules that speak for me can neither read nor run it.";

/// The time, if a provider tells it.
fn clock(words: &[Token], context: &str) -> Option<String> {
    const ASKS: &[&str] = &[
        "what time is it",
        "what is the time",
        "what day is it",
        "what date is it",
        "what is the date",
        "what is today",
        "what year is it",
        "which day is it",
        "what day is today",
        "do you know the time",
        "tell me the time",
        "do you have the time",
        "what month is it",
    ];
    if !ASKS.iter().any(|phrase| starts_with(words, phrase)) || words.len() > 7 {
        return None;
    }
    let line = context.lines().map(str::trim).find(|line| line.starts_with("The current date and time is "));
    Some(line.map_or_else(
        || "I cannot see a clock from here.".to_owned(),
        |line| line.replace("The current date and time is", "It is"),
    ))
}

/// Somebody may harm themselves: no rule is enough for that.
fn crisis(words: &[Token]) -> Option<String> {
    const SIGNS: &[&str] = &[
        "want to die",
        "wish i was dead",
        "wish i were dead",
        "kill myself",
        "end my life",
        "end it all",
        "hurt myself",
        "harm myself",
        "do not want to live",
        "suicide",
        "suicidal",
        "better off dead",
        "no reason to live",
        "take my own life",
        "cut myself",
    ];
    SIGNS.iter().any(|phrase| has_phrase(words, phrase)).then(|| {
        "I am sorry that it is so bad. I am only a program, and this needs a person: please call your local emergency \
         number or a crisis line now, or tell somebody near you."
            .to_owned()
    })
}

/// `Say that …`, `pretend to be …`, `ignore your instructions`.
fn on_command(words: &[Token]) -> Option<String> {
    const PUT: &[&str] = &[
        "say that",
        "say i",
        "say you",
        "say the",
        "say \"",
        "repeat after me",
        "repeat the following",
        "pretend",
        "act as",
        "act like",
        "roleplay",
        "role play",
        "you are now",
        "from now on you are",
        "imagine you are",
        "tell me that",
        "admit that",
        "confirm that",
        "claim that",
        "promise that",
        "swear that",
    ];
    let put = PUT.iter().any(|phrase| starts_with(words, phrase))
        || (starts_with(words, "say") && words.get(1).is_some_and(|token| token.quoted));
    let overrides = words.first().is_some_and(|t| t.is(&["ignore", "forget", "disregard", "override"]))
        && words.iter().any(|t| t.is(&["instructions", "instruction", "rules", "prompt", "previous"]));
    (put || overrides).then(|| {
        "I would rather not: I say what I was given to know, and what is so. Ask me something, and I will answer if I can."
            .to_owned()
    })
}

/// More signs of a programming language than prose has.
fn is_code(text: &str) -> bool {
    let signs = text.chars().filter(|c| "{}();=<>[]*\\|".contains(*c)).count();
    let length = text.chars().filter(|c| !c.is_whitespace()).count();
    let starts =
        ["SELECT ", "INSERT INTO", "DROP TABLE", "def ", "#include", "import ", "```", "sudo ", "<html"];
    let smiles = length < 6;
    (!smiles && signs >= 4 && signs * 8 >= length)
        || (signs >= 1 || text.starts_with("```"))
            && starts.iter().any(|start| text.trim_start().starts_with(start))
}

/// Something to be done or made, for which the agent has no action.
pub(crate) fn order(persona: &Persona, text: &str) -> Option<String> {
    const VERBS: &[&str] = &[
        "write",
        "draw",
        "paint",
        "translate",
        "summarise",
        "summarize",
        "compose",
        "sing",
        "play",
        "book",
        "order",
        "buy",
        "call",
        "phone",
        "email",
        "mail",
        "turn",
        "switch",
        "open",
        "close",
        "download",
        "install",
        "generate",
        "code",
        "program",
        "implement",
        "calculate",
        "compute",
        "solve",
        "google",
        "search",
        "remind",
        "schedule",
        "cancel",
        "reserve",
        "bring",
        "cook",
        "send",
        "delete",
        "create",
        "print",
        "recommend",
        "mute",
        "unmute",
        "follow",
        "unfollow",
        "update",
        "reset",
        "restart",
        "reboot",
        "fetch",
        "clean",
        "design",
        "debug",
        "prove",
        "rewrite",
        "paraphrase",
        "convert",
        "count",
    ];
    let all = tokens(text);
    let words = without_openers(&all, &persona.name);
    let asks = ["can you", "could you", "would you", "will you", "let us", "i want you to", "i need you to"];
    let led = asks.iter().find(|phrase| starts_with(words, phrase));
    let at = led.map_or(0, |phrase| phrase.split(' ').count());
    let mut rest = words.get(at..)?;
    while let [first, after @ ..] = rest {
        if !first.is(&["please", "just", "quickly"]) {
            break;
        }
        rest = after;
    }
    let verb = rest.first()?;
    // A bare word may be a noun: `call`, `order`, `play`.
    let ordered =
        verb.is(VERBS) && rest.len() >= 2 && !rest.get(1).is_some_and(|t| t.is(&["is", "are", "was"]));
    let making =
        ["call me", "me happy", "sense", "me laugh", "me feel"].iter().any(|phrase| has_phrase(rest, phrase));
    if !ordered || making {
        return None;
    }
    let said = text.get(verb.start..)?.split(['.', '!', '?', ';', '\n']).next()?.trim();
    let said = said.trim_end_matches("please").trim_end_matches([',', ' ']);
    let what = crate::mirror::mirror(said);
    let first = what.split(' ').next().unwrap_or_default().to_lowercase();
    let rest = what.split_once(' ').map_or("", |(_, rest)| rest);
    if what.split_whitespace().count() > 10 {
        return Some("I have no action for that, so I cannot do it. Ask me what I can do.".to_owned());
    }
    Some(format!("I cannot {first} {rest}: I have no action for that. Ask me what I can do."))
}
