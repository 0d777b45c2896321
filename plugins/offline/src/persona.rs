//! What the brain knows of the character it speaks for.

/// The character, as far as talking goes; the glue fills it from the engine's own character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Persona {
    /// The agent's name.
    pub name: String,
    /// Sentences about the agent, in the first, second or third person.
    pub bio: Vec<String>,
    /// What the agent likes to talk about.
    pub topics: Vec<String>,
    /// What the agent is like.
    pub adjectives: Vec<String>,
    /// How the agent writes.
    pub style: Vec<String>,
    /// Conversations that show how the agent talks: lines of speaker and text.
    pub message_examples: Vec<Vec<(String, String)>>,
    /// Texts the agent knows.
    pub knowledge: Vec<String>,
}

impl Persona {
    /// The first sentence of the bio that says something, as the agent says it of itself; empty without a bio.
    pub(crate) fn introduction(&self) -> String {
        self.bio.first().map_or_else(String::new, |line| self.first_person(line))
    }

    /// A sentence about the agent as the agent says it: `Keeps a log.` becomes `I keep a log.`
    pub(crate) fn first_person(&self, line: &str) -> String {
        let line = line.trim();
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let subject = first == self.name || ["She", "He", "They", "You"].contains(&first);
        if subject {
            let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            return sentence(&format!("I {} {rest}", first_person_verb(verb)));
        }
        if ["A", "An", "The"].contains(&first) && !is_sentence(rest) {
            return sentence(&format!("I am {} {rest}", first.to_lowercase()));
        }
        if third_person(first) && !rest.is_empty() {
            return sentence(&format!("I {} {rest}", first_person_verb(&first.to_lowercase())));
        }
        sentence(line)
    }
}

/// Something is said of the thing: `The dome is white`, but not `The keeper of a log that is old`.
fn is_sentence(line: &str) -> bool {
    const VERBS: &[&str] =
        &["is", "are", "was", "were", "has", "have", "had", "stands", "lies", "can", "will", "does"];
    line.split([' ', ','])
        .take_while(|word| !["who", "that", "which", "whose"].contains(word))
        .any(|word| VERBS.contains(&word))
}

fn third_person(word: &str) -> bool {
    word.len() > 2
        && word.ends_with('s')
        && !["ss", "us"].iter().any(|ending| word.ends_with(ending))
        && !["This", "His", "Its", "Always", "Sometimes", "Perhaps", "Yes"].contains(&word)
}

fn first_person_verb(verb: &str) -> String {
    match verb {
        "is" | "are" => "am".to_owned(),
        "has" => "have".to_owned(),
        "was" | "were" => "was".to_owned(),
        "does" | "goes" => verb.trim_end_matches("es").to_owned(),
        _ if verb.ends_with("ies") => format!("{}y", verb.trim_end_matches("ies")),
        _ if ["ches", "shes", "sses", "xes", "zes"].iter().any(|ending| verb.ends_with(ending)) => {
            verb.trim_end_matches("es").to_owned()
        }
        _ if verb.ends_with('s') && !verb.ends_with("ss") => verb.trim_end_matches('s').to_owned(),
        _ => verb.to_owned(),
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}
