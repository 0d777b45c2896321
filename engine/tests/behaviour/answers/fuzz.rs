//! Answers that nobody would write: rows of the table, mutated. Runs for a moment; for as many seconds as the environment
//! variable `GALATEA_FUZZ_SECONDS` says.

use super::{TABLE, all_forms, asked, streamed};
use galatea::text::answer::{
    Problem, key_values, read_answer, read_as, read_json_object, read_should_respond,
};
use std::time::{Duration, Instant};

/// What may be put into an answer.
const PARTS: [&str; 62] = [
    "<response>",
    "</response>",
    "<text>",
    "</text>",
    "<thought>",
    "</thought>",
    "<actions>",
    "</actions>",
    "PAY",
    "<action name=\"PAY\">",
    "<params>",
    "</params>",
    "<think>",
    "</think>",
    "<thinking ",
    "<reasoning>",
    "[THINK]",
    "[/THINK]",
    "◁think▷",
    "◁/think▷",
    "<tool_call>",
    "</tool_call>",
    "<function=PAY>",
    "</function>",
    "<invoke name=\"PAY\">",
    "</invoke>",
    "<parameter=amount>",
    "</parameter>",
    "[TOOL_CALLS]",
    "[ARGS]",
    "<|python_tag|>",
    "<|tool_call_start|>",
    "<|tool_call_end|>",
    "<|channel|>",
    "analysis",
    "<|message|>",
    "to=functions.PAY",
    "<|end|>",
    "<|call|>",
    "<|im_end|>",
    "<|im_start|>",
    "</s>",
    "<｜tool▁call▁begin｜>",
    "<｜tool▁sep｜>",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    ":",
    ",",
    "\\",
    "\\ud83d",
    "\"text\":",
    "\"actions\":",
    "```",
    "```json\n",
    "\n",
    "> ",
    "é😀\u{202e}",
    "`",
];

/// A generator of numbers that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}

fn mutated(dice: &mut Dice) -> String {
    let mut letters: Vec<char> = TABLE[dice.below(TABLE.len())].output.chars().collect();
    for _ in 0..=dice.below(6) {
        let at = dice.below(letters.len() + 1);
        match dice.below(6) {
            0 => letters.truncate(at),
            1 => {
                let end = (at + dice.below(12)).min(letters.len());
                letters.drain(at..end);
            }
            2 => {
                let end = (at + dice.below(40)).min(letters.len());
                let again = letters[at..end].to_vec();
                letters.splice(at..at, again);
            }
            3 => {
                let other: Vec<char> = TABLE[dice.below(TABLE.len())].output.chars().collect();
                let from = dice.below(other.len() + 1);
                letters.splice(at..at, other[from..].iter().copied());
            }
            _ => {
                letters.splice(at..at, PARTS[dice.below(PARTS.len())].chars());
            }
        }
        letters.truncate(2_000);
    }
    letters.into_iter().collect()
}

/// Nothing panics or takes long; something can always be said or asked; what is shown does not depend on the pieces.
#[test]
fn any_mutation_is_read() {
    let seconds = std::env::var("GALATEA_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(2));
    let mut dice = Dice(if seconds.is_some() { seed() } else { 0x2545_f491_4f6c_dd1d });
    let mut count = 0_u64;
    while Instant::now() < until {
        count += 1;
        let answer = mutated(&mut dice);
        let row = &TABLE[dice.below(TABLE.len())];
        let asked = asked(all_forms()[dice.below(3)], row);
        let begun = Instant::now();
        let reading = read_as(&answer, &asked);
        let says = !reading.text.is_empty() || !reading.calls.is_empty() || !reading.providers.is_empty();
        assert!(says || reading.problem.is_some(), "silence: {answer:?}");
        assert!(
            reading.problem.is_none() || reading.calls.is_empty(),
            "calls in spite of a problem: {answer:?}"
        );
        assert!(reading.calls.iter().all(|call| !call.name.trim().is_empty()), "no name: {answer:?}");
        assert!(!says || reading.problem != Some(Problem::Empty), "{answer:?}");
        let _ = (
            read_answer(&answer),
            key_values(&answer),
            read_json_object(&answer),
            read_should_respond(&answer),
        );
        let whole = streamed(&asked, &answer, &[]);
        let cuts: Vec<usize> = (0..dice.below(10)).map(|_| dice.below(4_096)).collect();
        assert_eq!(streamed(&asked, &answer, &cuts), whole, "{answer:?} ({:?}) cut at {cuts:?}", asked.form);
        let letters: Vec<usize> = (0..answer.chars().count()).collect();
        assert_eq!(
            streamed(&asked, &answer, &letters),
            whole,
            "{answer:?} ({:?}) letter by letter",
            asked.form
        );
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}: {answer:?}", begun.elapsed());
    }
    // Seen with `--nocapture`; how much a longer run has covered.
    tracing::info!(count, "answers read");
    assert!(count > 0);
}

fn seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_nanos() % u128::from(u64::MAX)).unwrap() | 1
}
