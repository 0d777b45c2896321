//! Finds the name of a place in a text.

use crate::{
    heard::Heard,
    numbers,
    slots::{Slot, verb_first},
    words::is_stop,
};

/// The name of a place, if the text has one. `sure` wants strong signs only.
pub(crate) fn place(heard: &Heard<'_>, sure: bool) -> Option<Slot> {
    const BEFORE: &[&str] = &["in", "at", "on", "for", "near", "around", "from", "to", "of", "over", "is"];
    let follows = |index: usize| index > 0 && heard.at(index - 1).is_some_and(|token| token.is(BEFORE));
    let skip = |index: usize| {
        if heard.at(index).is_some_and(|t| t.lower == "the") { index + 1 } else { index }
    };
    let named = (1..heard.words.len()).filter(|i| follows(*i)).map(skip).find(|index| heard.names(*index));
    if let Some(start) = named {
        return spot(heard, start);
    }
    let lower = (1..heard.words.len())
        .filter(|index| follows(*index) && heard.at(index - 1).is_none_or(|t| t.lower != "is"))
        .map(skip)
        .filter(|start| !common_thing(heard, *start))
        .find_map(|start| lower_run(heard, start));
    if lower.is_some() || sure {
        return lower;
    }
    let name = (0..heard.words.len()).find(|index| heard.names(*index) && !verb_first(heard, *index));
    name.and_then(|start| spot(heard, start)).or_else(|| beside_own_word(heard))
}

/// A name of a place; the land may follow after a comma.
fn spot(heard: &Heard<'_>, start: usize) -> Option<Slot> {
    let mut end = heard.name_end(start);
    if heard.between(end - 1).trim() == "," && heard.names(end) {
        end = heard.name_end(end);
    }
    Some((heard.slice(start..end).to_owned(), start..end))
}

/// `the log`, `the observatory`: with an article and in lower case it is a thing, unless its name has the article.
pub(crate) fn common_thing(heard: &Heard<'_>, start: usize) -> bool {
    const LANDS: &[&str] = &[
        "netherlands",
        "hague",
        "philippines",
        "bahamas",
        "maldives",
        "alps",
        "azores",
        "usa",
        "us",
        "uk",
        "united",
        "bronx",
        "caribbean",
        "sahara",
        "north",
        "south",
        "east",
        "west",
        "city",
        "seychelles",
        "canaries",
        "canary",
        "gambia",
        "congo",
        "sudan",
        "ukraine",
        "dolomites",
        "pyrenees",
        "arctic",
        "baltic",
        "black",
        "isle",
        "faroe",
    ];
    let article = start
        .checked_sub(1)
        .and_then(|before| heard.at(before))
        .is_some_and(|t| t.is(&["the", "a", "an", "this", "that", "my", "your", "our"]));
    let thing = heard
        .at(start)
        .is_some_and(|t| t.is(&["home", "bed", "work", "school", "front", "outside", "inside", "town"]));
    thing || (article && heard.at(start).is_some_and(|t| !t.capital && !t.is(LANDS)))
}

/// Up to four words in lower case, until grammar, a date or a comma.
fn lower_run(heard: &Heard<'_>, start: usize) -> Option<Slot> {
    let fits = |index: usize| {
        heard.free(index)
            && !heard.owned(index)
            && heard.at(index).is_some_and(|t| {
                !is_stop(&t.lower)
                    && !numbers::dates(t)
                    && !t.lower.starts_with(|c: char| c.is_ascii_digit())
                    && !t.is(&[
                        "moment",
                        "morning",
                        "evening",
                        "afternoon",
                        "night",
                        "week",
                        "weekend",
                        "next",
                        "general",
                    ])
            })
    };
    let mut end = start;
    while end < start + 4 && fits(end) && (end == start || heard.runs_on(end - 1)) {
        end += 1;
    }
    (end > start).then(|| (heard.slice(start..end).to_owned(), start..end))
}

/// `weather oslo`: in so short a text, what stands beside the tool's word.
fn beside_own_word(heard: &Heard<'_>) -> Option<Slot> {
    if heard.words.len() > 4 || heard.words.iter().any(|t| t.is(&["is", "are", "do", "does", "how", "what"]))
    {
        return None;
    }
    let own = (0..heard.words.len()).find(|index| heard.owned(*index))?;
    let asks = |slot: &Slot| {
        !["get", "show", "check", "give", "tell", "find", "report", "update"].contains(&slot.0.as_str())
    };
    lower_run(heard, own + 1).filter(asks).or_else(|| {
        let start = (0..own).find(|index| heard.at(*index).is_some_and(|token| token.is_content()))?;
        lower_run(heard, start).filter(asks)
    })
}
