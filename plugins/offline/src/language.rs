//! Languages other than English: greeted back, and otherwise an honest word that only English is understood.

use crate::{persona::Persona, words::tokens};
use std::collections::BTreeSet;

/// Words that are frequent in one language and rare in English.
const FOREIGN: &[&str] = &[
    // German
    "der die das und ist nicht ich du wie wer wo wann warum ein eine einen dir mir mich dich heiße heisse wohne bin \
     bist sind haben habe hast wetter bitte danke heute morgen kannst kann geht gibt mit für auf auch mein dein guten \
     sprichst deutsch verstehe ja nein sehr gut es zu",
    // French
    "le la les des une est je tu il elle nous vous ils que qui quoi quel quelle temps fait où quand comment pourquoi \
     suis es sommes mon ton avec pour dans pas ne merci oui non bien parle parlez français appelles appelle ça va fatigué \
     s'il et à",
    // Spanish
    "el los las una unos es soy eres estás está qué cómo quién dónde cuándo por para con mi tu gracias sí hace tiempo \
     llamo llamas tienes hablas español muy bien y",
    // Italian, Portuguese
    "il lo gli un uno sono sei che chi dove quando perché come stai mi ti grazie sì chiamo piove tempo fa parli \
     italiano você eu não está obrigado obrigada meu seu como onde português são é",
    // Dutch, Scandinavian
    "het een ik jij je hoe gaat wat waar niet goed dank heet weer nederlands jag är och du hur mår inte vad tack jeg er \
     og ikke hvad hvordan hvor tak takk været",
];

/// Words of these lists that English writes too.
const SHARED: &[&str] = &[
    "die", "das", "bin", "hast", "mir", "gut", "mit", "fur", "il", "est", "des", "les", "es", "non", "ne",
    "ton", "pas", "la", "le", "el", "los", "mi", "con", "come", "sei", "lo", "fa", "seu", "os", "wat", "er",
    "het", "tu", "y", "tempo", "hear", "weer", "sole", "you", "the", "dank", "bitte", "temps", "pour",
    "tack", "ja",
];

/// Greetings by which people of other languages begin, with the greeting that answers.
const GREETINGS: &[(&str, &str)] = &[
    ("guten tag", "Guten Tag"),
    ("guten morgen", "Guten Morgen"),
    ("guten abend", "Guten Abend"),
    ("grüß gott", "Grüß Gott"),
    ("servus", "Servus"),
    ("moin", "Moin"),
    ("hallo", "Hallo"),
    ("bonjour", "Bonjour"),
    ("bonsoir", "Bonsoir"),
    ("salut", "Salut"),
    ("hola", "Hola"),
    ("buenos días", "Buenos días"),
    ("buenos dias", "Buenos días"),
    ("ciao", "Ciao"),
    ("buongiorno", "Buongiorno"),
    ("olá", "Olá"),
    ("hej", "Hej"),
    ("hei", "Hei"),
    ("konnichiwa", "Konnichiwa"),
    ("namaste", "Namaste"),
    ("aloha", "Aloha"),
];

const NOTICE: &str = "understand English only";

/// The answer to a text that is not English: once the whole notice, then a short one.
pub(crate) fn answer(persona: &Persona, text: &str, speaker: &str, said: &[&str]) -> Option<String> {
    let words = tokens(text);
    let greeting = greeting(text);
    let rest = greeting.map_or(0, |(phrase, _)| phrase.split(' ').count());
    let bare = words
        .iter()
        .skip(rest)
        .all(|token| token.lower.eq_ignore_ascii_case(&persona.name) || token.is(&["there", "again"]));
    if let Some((_, back)) = greeting.filter(|_| bare) {
        let to = if crate::examples::anonymous(speaker) { String::new() } else { format!(", {speaker}") };
        return Some(format!("{back}{to}. I am {}. I {NOTICE}: what is on your mind?", persona.name));
    }
    if !is_foreign(text) {
        return None;
    }
    let back = greeting.map_or_else(String::new, |(_, back)| format!("{back}. "));
    let known = said.iter().any(|line| line.contains(NOTICE));
    Some(if known {
        format!("{back}In English, please: I cannot read that.")
    } else {
        format!(
            "{back}I am sorry: what speaks for me here is an offline engine of rules, and I {NOTICE}. Could you say it in English?"
        )
    })
}

fn greeting(text: &str) -> Option<(&'static str, &'static str)> {
    let said = text.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    GREETINGS
        .iter()
        .find(|(phrase, _)| {
            said.strip_prefix(phrase).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        })
        .copied()
}

/// Mostly written in other letters, or with more words of another language than of English.
fn is_foreign(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let other = text.chars().filter(|c| c.is_alphabetic() && *c > '\u{24f}').count();
    if other * 2 > letters {
        return true;
    }
    if text.contains(['¿', '¡']) {
        return true;
    }
    let words = tokens(text);
    let mut english = 0_usize;
    for token in &words {
        english +=
            usize::from(!token.is_content() && !token.is(&["was", "in", "am", "an", "so", "do", "i", "all"]));
    }
    FOREIGN.iter().any(|list| {
        let known: BTreeSet<&str> = list.split_whitespace().collect();
        let hits: Vec<&str> = words
            .iter()
            .flat_map(|token| token.lower.split('\''))
            .filter(|word| known.contains(word))
            .collect();
        let telling = hits.iter().filter(|word| !SHARED.contains(word)).count();
        telling >= 1 && hits.len() >= 2 && hits.len() > english && hits.len() * 3 >= words.len()
    })
}
