//! Which tool a clause asks for: by its name, similes, examples, description and the values of its arguments.

use crate::{
    mood::{self, Mood},
    schema::{self, Kind},
    template::Template,
    words::{Token, is_stop, stem, tokens},
};
use galatea::model::Tool;
use std::collections::{BTreeMap, BTreeSet};

/// From here on a score is confident enough to act.
pub(crate) const CONFIDENT: f64 = 0.55;

/// Verbs that fit many tools and so say little about any.
const GENERIC: &[&str] = &[
    "get", "set", "do", "make", "run", "use", "find", "check", "fetch", "show", "look", "give", "tell",
    "say", "ask", "go", "take", "put", "list", "see", "talk", "add", "start", "stop", "send", "create",
    "update", "change", "search", "choose", "select", "user", "new", "execute", "perform",
];

/// Verbs by which a tool looks something up and changes nothing.
const LOOKUPS: &[&str] = &[
    "get", "find", "check", "fetch", "show", "look", "list", "search", "read", "lookup", "query", "view",
    "ask",
];

/// The tools of a request, prepared for scoring.
pub(crate) struct ToolIndex<'a> {
    entries: Vec<Entry<'a>>,
    spread: BTreeMap<String, usize>,
}

/// One tool, prepared.
pub(crate) struct Entry<'a> {
    /// The tool.
    pub(crate) tool: &'a Tool,
    name: Vec<String>,
    similes: Vec<Vec<String>>,
    examples: Vec<Template>,
    description: BTreeSet<String>,
    values: BTreeSet<String>,
    effect: bool,
    /// It takes a text of the user's own.
    pub(crate) free_text: bool,
}

/// How well a tool fits a clause, and where in the clause its words stand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scored {
    /// Index of the tool.
    pub(crate) index: usize,
    /// From 0.0 to 1.0.
    pub(crate) score: f64,
    /// Index of the first token that fits.
    pub(crate) first: usize,
}

/// A clause, ready to be scored.
pub(crate) struct Clause<'a> {
    /// Its words.
    pub(crate) words: &'a [Token],
    /// It ends with a question mark.
    pub(crate) asked: bool,
    /// The agent's name.
    pub(crate) agent: &'a str,
}

impl<'a> ToolIndex<'a> {
    /// Prepares all tools that the brain may call: not the ones that only say that it speaks or is silent.
    pub(crate) fn new(tools: &'a [Tool]) -> Self {
        let reserved = ["REPLY", "IGNORE", "NONE"];
        let entries: Vec<Entry<'a>> =
            tools.iter().filter(|tool| !reserved.contains(&tool.name.as_str())).map(Entry::new).collect();
        let mut spread = BTreeMap::new();
        for entry in &entries {
            let mut own: BTreeSet<&String> = entry.name.iter().collect();
            own.extend(entry.similes.iter().flatten());
            for word in own {
                *spread.entry(word.clone()).or_insert(0) += 1;
            }
        }
        Self { entries, spread }
    }

    /// The tool of this index in [`Scored::index`].
    pub(crate) fn entry(&self, index: usize) -> Option<&Entry<'a>> {
        self.entries.get(index)
    }

    /// The words of names and similes, for putting slips right.
    pub(crate) fn vocabulary(&self) -> BTreeSet<String> {
        let tools = self.entries.iter().map(|entry| entry.tool);
        let names: Vec<String> = tools
            .flat_map(|tool| tool.similes.iter().chain([&tool.name]))
            .map(|name| schema::spoken(name))
            .collect();
        crate::spelling::vocabulary(names.iter().map(String::as_str))
    }

    /// The tools that fit the clause with confidence, best first.
    pub(crate) fn candidates(&self, clause: &Clause<'_>) -> Vec<Scored> {
        if mood::only_greets(clause.words, clause.agent) {
            return Vec::new();
        }
        let mood = mood::mood(clause.words, clause.asked, clause.agent);
        let mut found: Vec<Scored> = self
            .entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (index, entry, if entry.told_to(clause) { Mood::Request } else { mood }))
            .filter(|(_, entry, mood)| !mood::asks_about(clause.words, *mood, entry.effect, clause.agent))
            .filter_map(|(index, entry, mood)| self.score(index, entry, clause, mood))
            .filter(|scored| scored.score >= CONFIDENT)
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found
    }

    /// A word that few tools share weighs more.
    fn rarity(&self, word: &str) -> f64 {
        let tools = self.spread.get(word).copied().unwrap_or(1).max(1);
        1.0 / (1.0 + f64::from(u32::try_from(tools).unwrap_or(u32::MAX)).ln())
    }

    fn score(&self, index: usize, entry: &Entry<'_>, clause: &Clause<'_>, mood: Mood) -> Option<Scored> {
        let said = said_words(clause.words);
        let (name, mut hits) = self.name_evidence(entry, &said);
        let (simile, simile_hits) = self.simile_evidence(entry, &said);
        let (example, example_hits) = entry
            .examples
            .iter()
            .map(|template| template.evidence(clause.words))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((0.0, Vec::new()));
        let (description, values) = self.side_evidence(entry, &said);
        let (passed_on, verb) = entry.passed_on(clause);
        hits.extend(verb);
        hits.extend(simile_hits);
        hits.extend(example_hits);
        let first = *hits.iter().min()?;
        if mood::negated_before(clause.words, *hits.iter().max()?) {
            return None;
        }
        let doubt = [name, simile, example, description, values, passed_on]
            .iter()
            .fold(1.0, |rest, part| rest * (1.0 - part));
        let weight = if mood == Mood::Statement { 0.5 } else { 1.0 };
        Some(Scored { index, score: (1.0 - doubt) * weight, first })
    }

    fn name_evidence(&self, entry: &Entry<'_>, said: &[(String, usize)]) -> (f64, Vec<usize>) {
        let mut hits = Vec::new();
        let (mut matched, mut whole) = (0.0, 0.0);
        for word in &entry.name {
            let weight = if generic(word) { 0.3 } else { self.rarity(word) };
            whole += weight;
            if let Some((_, at)) = said.iter().find(|(stem, _)| stem == word) {
                matched += weight;
                hits.push((*at, generic(word)));
            }
        }
        let specific = entry.name.iter().any(|word| !generic(word));
        if whole == 0.0 || (specific && hits.iter().all(|(_, generic)| *generic)) {
            return (0.0, Vec::new());
        }
        // The name starts with what is done; without it the clause only speaks of the thing.
        let verb_said = entry
            .name
            .first()
            .is_none_or(|verb| (generic(verb) && !entry.effect) || said.iter().any(|(stem, _)| stem == verb));
        let share = matched / whole * if verb_said || entry.name.len() == 1 { 0.85 } else { 0.4 };
        (share, hits.into_iter().map(|(at, _)| at).collect())
    }

    fn simile_evidence(&self, entry: &Entry<'_>, said: &[(String, usize)]) -> (f64, Vec<usize>) {
        let mut best = (0.0, Vec::new());
        for simile in &entry.similes {
            let hits: Vec<usize> = simile
                .iter()
                .filter_map(|word| said.iter().find(|(stem, _)| stem == word).map(|(_, at)| *at))
                .collect();
            let complete = hits.len() == simile.len();
            let score = match simile.as_slice() {
                [only] if complete && generic(only) => 0.3,
                [only] if complete => 0.7 * self.rarity(only).max(0.6),
                _ if complete && simile.iter().all(|word| generic(word)) => 0.5,
                _ if complete => 0.85,
                [_, _, _, ..] if hits.len() * 3 >= simile.len() * 2 => 0.45,
                _ => 0.0,
            };
            if score > best.0 {
                best = (score, hits);
            }
        }
        best
    }

    /// What the description and the values of arguments add; never enough alone.
    fn side_evidence(&self, entry: &Entry<'_>, said: &[(String, usize)]) -> (f64, f64) {
        let words: BTreeSet<&String> =
            said.iter().map(|(stem, _)| stem).filter(|stem| !is_stop(stem)).collect();
        let described: f64 = words
            .iter()
            .filter(|word| entry.description.contains(**word) && !entry.name.contains(word) && !generic(word))
            .map(|word| 0.15 * self.rarity(word))
            .sum();
        let valued = words.iter().any(|word| entry.values.contains(*word));
        (described.min(0.4), if valued { 0.3 } else { 0.0 })
    }
}

impl<'a> Entry<'a> {
    fn new(tool: &'a Tool) -> Self {
        let fields = schema::fields(&tool.parameters);
        let free_text = fields.iter().any(|field| field.kind == Kind::FreeText);
        let values: BTreeSet<String> = fields
            .iter()
            .flat_map(|field| field.options.iter())
            .filter_map(|option| option.as_str())
            .flat_map(name_stems)
            .collect();
        let name = name_stems(&tool.name);
        let examples: Vec<Template> = tool
            .examples
            .iter()
            .map(|(user, _)| Template::new(user, free_text, &values))
            .filter(|template| !template.is_empty())
            .collect();
        let asks = tool.examples.iter().any(|(user, _)| {
            let words = tokens(user);
            user.trim_end().ends_with('?') && mood::mood(&words, true, "") == Mood::Question
        });
        let lookup = looks_up(&tool.name);
        Self {
            similes: tool
                .similes
                .iter()
                .map(|simile| name_stems(simile))
                .filter(|words| !words.is_empty())
                .collect(),
            description: crate::words::content_stems(&tool.description),
            effect: !asks && !lookup,
            tool,
            name,
            examples,
            values,
            free_text,
        }
    }

    /// The clause starts with a word of the tool's own: it is an order even if a question mark ends it.
    fn told_to(&self, clause: &Clause<'_>) -> bool {
        mood::without_openers(clause.words, clause.agent)
            .first()
            .is_some_and(|token| self.name.first() == Some(&token.stem) || self.starts_simile(&token.stem))
    }

    fn starts_simile(&self, stemmed: &str) -> bool {
        self.similes.iter().any(|simile| simile.first().is_some_and(|first| first == stemmed))
    }

    /// `tell Dan to call back`: a verb of the tool's own, then a name, then what it is to be told.
    fn passed_on(&self, clause: &Clause<'_>) -> (f64, Option<usize>) {
        let rest = mood::without_openers(clause.words, clause.agent);
        let [verb, name, _, ..] = rest else {
            return (0.0, None);
        };
        let tells = verb.is(&["tell", "text", "message", "notify", "ping", "dm", "inform", "ask", "write"]);
        let named = name.capital && !name.quoted && name.is_content();
        if self.free_text && tells && named && self.own_words().contains(&verb.stem) {
            (0.62, Some(clause.words.len() - rest.len()))
        } else {
            (0.0, None)
        }
    }

    /// The stems of the name and the similes: words that are not the value of an argument.
    pub(crate) fn own_words(&self) -> BTreeSet<String> {
        self.name.iter().chain(self.similes.iter().flatten()).cloned().collect()
    }
}

/// The stems of a name like `MUTE_ROOM`, `muteRoom` or `mute-room`.
pub(crate) fn name_stems(name: &str) -> Vec<String> {
    tokens(&schema::spoken(name)).into_iter().filter(Token::is_content).map(|token| token.stem).collect()
}

/// The name begins with a verb that looks something up.
pub(crate) fn looks_up(name: &str) -> bool {
    name_stems(name).first().is_some_and(|verb| LOOKUPS.iter().any(|known| stem(known) == *verb))
}

pub(crate) fn generic(stemmed: &str) -> bool {
    GENERIC.iter().any(|verb| stem(verb) == stemmed)
}

/// The stems of a clause with their places; `stop following` counts as `unfollow`, quoted words not at all.
fn said_words(clause: &[Token]) -> Vec<(String, usize)> {
    let mut said = Vec::new();
    let mut stopped = false;
    for (at, token) in clause.iter().enumerate().filter(|(_, token)| !token.quoted) {
        if token.is(&["stop", "quit", "cease"]) {
            stopped = true;
            said.push((token.stem.clone(), at));
        } else if stopped && token.is_content() {
            said.push((
                if token.lower.ends_with("ing") { format!("un{}", token.stem) } else { token.stem.clone() },
                at,
            ));
            stopped = false;
        } else {
            said.push((token.stem.clone(), at));
        }
    }
    said
}
