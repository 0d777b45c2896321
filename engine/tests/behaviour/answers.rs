//! What models write, and what the user gets: a table of answers, played as whole turns in each form in which a model
//! can be asked. None ends in silence, shows a thought, or runs an action that was not asked for.

use crate::support::start;
use galatea::{
    agent::{Agent, Incoming},
    model::{ModelRequest, Speaker},
    prelude::*,
    text::answer::{Asked, Form, StreamReader, read_as},
    turn::{RunStatus, TurnEvent},
};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

#[path = "answers/fuzz.rs"]
mod fuzz;
#[path = "answers/prompt.rs"]
mod prompt;

#[derive(Deserialize)]
struct Table {
    row: Vec<Row>,
}

/// A row of the table; its file says what the fields are.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    output: String,
    #[serde(default = "hello")]
    message: String,
    #[serde(default = "plain_words")]
    again: String,
    #[serde(default)]
    runs: Vec<String>,
    mends: Option<Vec<String>>,
    #[serde(default = "all_forms")]
    forms: Vec<Form>,
    #[serde(default)]
    silent: bool,
    #[serde(default)]
    leaks: bool,
    #[serde(default)]
    marks: bool,
}

fn hello() -> String {
    "Hello".to_owned()
}

fn plain_words() -> String {
    "In plain words.".to_owned()
}

fn all_forms() -> Vec<Form> {
    vec![Form::Native, Form::Text, Form::Schema]
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let table: Table = toml::from_str(include_str!("../fixtures/answers/table.toml")).expect("a table");
    table.row
});

/// What a model answers that plays a row.
async fn play(request: &ModelRequest, chunks: &Chunks) -> String {
    let number =
        request.lines.iter().find_map(|line| line.text.strip_prefix('#')?.split(' ').next()?.parse().ok());
    let row: &Row = number.and_then(|number: usize| TABLE.get(number)).expect("a row");
    let results: Vec<&str> =
        request.lines.iter().filter(|l| l.speaker == Speaker::Tool).map(|l| l.text.as_str()).collect();
    let asked_again = request.last_user_text().starts_with("(Your last message");
    let failed = request.lines.iter().any(|line| !line.success);
    let answer = match results.last() {
        Some(_) if failed && results.len() == 1 => row.again.clone(),
        Some(_) => format!("Done: {}.", results.join(", ")),
        None if asked_again => row.again.clone(),
        None => row.output.clone(),
    };
    let letters: Vec<char> = answer.chars().collect();
    for piece in letters.chunks(3) {
        chunks.send(piece.iter().collect::<String>()).await;
    }
    answer
}

/// Takes calls.
#[plugin("mouth")]
pub struct Mouth;

/// Plays a row.
#[model(TextLarge, tools, plugin = Mouth)]
async fn speak(request: Request, chunks: Chunks) -> ModelAnswer {
    ModelAnswer::text(play(&request, &chunks).await)
}

/// What could be done.
#[plugin("deeds-asked-for")]
pub struct AskedFor;

#[derive(Deserialize, JsonSchema)]
struct Place {
    /// Which city.
    city: String,
    /// For how many days.
    days: Option<u32>,
}

/// Looks at a city.
#[action(plugin = AskedFor)]
async fn look(Args(place): Args<Place>) -> String {
    let days = place.days.map(|days| format!(" for {days} days")).unwrap_or_default();
    format!("saw {}{days}", place.city)
}

#[derive(Deserialize, JsonSchema)]
struct Sum {
    /// How much.
    amount: u32,
}

/// Pays.
#[action(plugin = AskedFor)]
async fn pay(Args(sum): Args<Sum>) -> String {
    format!("paid {}", sum.amount)
}

async fn agent(form: Form) -> Agent {
    let form = match form {
        Form::Native => "native",
        Form::Text => "text",
        Form::Schema => "schema",
    };
    start(&format!(
        "name = \"Ada\"\n[plugins.mouth]\n[plugins.deeds-asked-for]\n[models]\ntools = \"{form}\""
    ))
    .await
}

/// What became of a row.
#[derive(Debug, Default)]
struct Played {
    said: Vec<String>,
    ran: Vec<String>,
    /// What was shown while the answer came, a `|` where it was taken back.
    shown: String,
    asked: usize,
}

async fn played(agent: &Agent, number: usize, row: &Row, form: Form) -> Played {
    let room = format!("{number} {form:?}");
    let text = format!("#{number} {}", row.message);
    let mut handle = agent.send(Incoming::direct("test", &room, "sam", &text)).await.unwrap();
    let mut played = Played::default();
    while let Some(event) = handle.next().await {
        match event {
            TurnEvent::Text(text) => played.shown.push_str(&text),
            TurnEvent::Retracted => played.shown.push('|'),
            TurnEvent::Reply(reply) => played.said.push(reply.content.text.clone()),
            TurnEvent::Ended(record) => {
                assert_eq!(record.status, RunStatus::Completed, "{}", row.name);
                played.asked = record.model_calls.len();
                let ran = record
                    .steps
                    .iter()
                    .filter(|step| step.result.as_ref().is_some_and(|result| result.success));
                played.ran = ran.map(|step| step.action.clone()).collect();
            }
            _ => {}
        }
    }
    played
}

const MARKS: [&str; 13] = [
    "<|",
    "|>",
    "<｜",
    "think>",
    "<response",
    "</text",
    "</response",
    "</s>",
    "<tool_call",
    "<function",
    "[TOOL_CALLS",
    "[THINK",
    "tool_code",
];

#[tokio::test]
async fn what_a_user_gets() {
    assert!(TABLE.len() >= 60, "{} rows", TABLE.len());
    let (mut told, mut wrong) = (String::new(), Vec::new());
    for form in all_forms() {
        let agent = agent(form).await;
        for (number, row) in TABLE.iter().enumerate().filter(|(_, row)| row.forms.contains(&form)) {
            let got = played(&agent, number, row, form).await;
            let mut seen = got.said.join("\n");
            let thought_shown = !row.leaks && got.shown.contains("SECRET");
            let thought_said = seen.contains("SECRET");
            if !row.leaks {
                seen.push_str(&got.shown);
            }
            let as_expected = row.mends.as_ref().unwrap_or(&row.runs);
            for (what, is_so) in [
                ("silence", got.said.is_empty() != row.silent),
                ("an empty reply", got.said.iter().any(|said| said.trim().is_empty())),
                ("a thought is said", thought_said),
                ("a thought is shown", thought_shown),
                ("a mark", !row.marks && MARKS.iter().any(|mark| seen.contains(mark))),
                ("asked too often", got.asked > 4),
                ("what ran", got.ran != *as_expected),
            ] {
                if is_so {
                    wrong.push(format!("{what}: {} ({form:?}): {got:?}", row.name));
                }
            }
            told.push_str(&format!(
                "{} ({form:?})\n  said   {:?}\n  shown  {:?}\n",
                row.name, got.said, got.shown
            ));
            if !got.ran.is_empty() || got.asked > 1 {
                told.push_str(&format!("  ran    {:?}, {} questions\n", got.ran, got.asked));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::with_settings!({ snapshot_path => "../fixtures/answers", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("what_a_user_gets", told);
    });
}

fn asked(form: Form, row: &Row) -> Asked<'static> {
    Asked {
        form,
        name: "Ada".to_owned(),
        offered: ["LOOK", "PAY", "IGNORE"].map(str::to_owned).into(),
        given: vec![row.message.clone().into()],
    }
}

/// What is shown of an answer that is cut into pieces at these places.
fn streamed(asked: &Asked<'static>, answer: &str, cuts: &[usize]) -> String {
    let letters: Vec<char> = answer.chars().collect();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (letters.len() + 1)).collect();
    cuts.sort_unstable();
    cuts.push(letters.len());
    let (mut reader, mut out, mut from) = (StreamReader::of(asked.clone()), String::new(), 0);
    for cut in cuts {
        let shown = reader.push(&letters[from..cut].iter().collect::<String>());
        if reader.take_back() {
            out.clear();
        }
        out.push_str(&shown);
        from = cut;
    }
    out + &reader.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// However an answer is cut into pieces, the same of it is shown; what is shown is what is said, or nothing is said
    /// of it as it stands there.
    #[test]
    fn cuts_make_no_difference(number in any::<usize>(), form in 0..3_usize, cuts in prop::collection::vec(any::<usize>(), 0..12)) {
        let row = &TABLE[number % TABLE.len()];
        let form = all_forms()[form];
        let asked = asked(form, row);
        let whole = streamed(&asked, &row.output, &[]);
        prop_assert_eq!(&streamed(&asked, &row.output, &cuts), &whole, "{} ({:?}) cut at {:?}", row.name, form, cuts);
    }
}

/// Where something is shown, it is how the text that counts begins: then nothing has to be taken back. The exceptions
/// are named.
#[test]
fn what_is_shown_is_what_is_said() {
    let mut others: BTreeMap<&str, String> = BTreeMap::new();
    for row in TABLE.iter() {
        for form in row.forms.iter().copied() {
            let asked = asked(form, row);
            let reading = read_as(&row.output, &asked);
            let shown = streamed(&asked, &row.output, &[]);
            let (text, shown) = (reading.text.trim(), shown.trim());
            if reading.problem.is_none() && !text.starts_with(shown) {
                others.insert(&row.name, format!("{form:?}: {shown:?} for {text:?}"));
            }
        }
    }
    let names: Vec<&str> = others.keys().copied().collect();
    // Prose in front of the form is shown before the form is seen; what counts is in the form.
    assert_eq!(names, ["frame behind prose", "object amid prose"], "{others:#?}");
}
