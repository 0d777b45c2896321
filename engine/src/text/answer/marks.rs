//! The marks that models write between the words: thinking, ends of turns, headers of channels and calls.

/// What a mark means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A block of thinking begins or ends. `sure` marks are never anything else, wherever they stand.
    Think { closes: bool, sure: bool },
    /// The answer ends here; what follows is another speaker's.
    Stop,
    /// Means nothing to anybody but the model.
    Nothing,
    /// A header follows.
    Header(Header),
    /// The header of a channel or a call ends.
    Body,
    /// A message of one channel ends.
    MessageEnd,
    /// The arguments of a call that had a header end.
    CallEnd,
    /// For a later stage: it stands for itself.
    Keep,
}

/// A header: text for the machine up to where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// The speaker, up to the end of the line or another mark.
    Speaker,
    /// The channel and the recipient, up to [`Mark::Body`].
    Channel,
    /// The name of an action, up to [`Mark::Body`].
    Call,
    /// The name of an action, up to the end of the line.
    CallLine,
}

/// What stands at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// A mark of this length.
    Mark(Mark, usize),
    /// No mark.
    Other,
    /// More of the text is needed.
    TooShort,
}

/// The longest mark, in bytes. What goes on for longer is none.
const LONGEST: usize = 256;
/// The longest name of a mark such as `<|im_end|>`, in bytes.
const LONGEST_NAME: usize = 64;
/// Tags of thinking wherever they stand outside of code.
const THINK: [&str; 2] = ["think", "thinking"];
/// Tags of thinking at the beginning of a line: amid prose they are just words.
const ASIDE: [&str; 5] = ["reasoning", "reflection", "scratchpad", "seed:think", "inner_monologue"];
/// Marks written out, in any case.
const WORDS: [(&str, Mark); 14] = [
    ("[think]", Mark::Think { closes: false, sure: true }),
    ("[/think]", Mark::Think { closes: true, sure: true }),
    ("◁think▷", Mark::Think { closes: false, sure: true }),
    ("◁/think▷", Mark::Think { closes: true, sure: true }),
    ("[inst]", Mark::Stop),
    ("[/inst]", Mark::Stop),
    ("</s>", Mark::Stop),
    ("<eos>", Mark::Stop),
    ("<end_of_turn>", Mark::Stop),
    ("<start_of_turn>", Mark::Header(Header::Speaker)),
    ("<bos>", Mark::Nothing),
    ("<s>", Mark::Nothing),
    ("<pad>", Mark::Nothing),
    ("<unk>", Mark::Nothing),
];

/// Which tags are thinking that are so only at the beginning of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asides {
    /// All: a line begins here.
    All,
    /// Those that end a block.
    Closing,
    /// None: they are the fields of what is read.
    Fields,
}

/// The mark at the beginning of `rest`, which begins with `<`, `[` or `◁`.
pub(super) fn at(rest: &str, asides: Asides) -> Seen {
    let mut short = false;
    for (word, mark) in WORDS {
        match begins(rest, word) {
            Some(true) => return Seen::Mark(mark, word.len()),
            Some(false) => short = true,
            None => {}
        }
    }
    for seen in [token(rest), tag(rest, asides)] {
        match seen {
            Seen::Mark(..) => return seen,
            Seen::TooShort => short = true,
            Seen::Other => {}
        }
    }
    if short { Seen::TooShort } else { Seen::Other }
}

/// Whether `rest` begins with `word` in any case; false if it may, once there is more of it.
pub(super) fn begins(rest: &str, word: &str) -> Option<bool> {
    let length = rest.len().min(word.len());
    let (head, wanted) = (rest.as_bytes().get(..length)?, word.as_bytes().get(..length)?);
    head.eq_ignore_ascii_case(wanted).then_some(length == word.len())
}

/// `<|name|>`, or `<｜name｜>` as some write it.
fn token(rest: &str) -> Seen {
    for (open, close) in [("<|", "|>"), ("<｜", "｜>")] {
        let Some(body) = rest.strip_prefix(open) else {
            if open.starts_with(rest) {
                return Seen::TooShort;
            }
            continue;
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-/.▁".contains(c);
        let end = body.find(|c| !is_name(c)).unwrap_or(body.len());
        let (name, tail) = body.split_at(end);
        if name.len() > LONGEST_NAME || (name.is_empty() && !tail.is_empty()) {
            return Seen::Other;
        }
        if tail.starts_with(close) {
            return Seen::Mark(named(name), open.len() + end + close.len());
        }
        return if close.starts_with(tail) { Seen::TooShort } else { Seen::Other };
    }
    Seen::Other
}

/// What the token of a name means; one that nobody knows means nothing.
fn named(name: &str) -> Mark {
    match name.to_ascii_lowercase().replace('▁', "_").as_str() {
        "begin_of_thought" | "start_thinking" | "think" | "thinking" => {
            Mark::Think { closes: false, sure: true }
        }
        "end_of_thought" | "end_thinking" | "/think" | "/thinking" => {
            Mark::Think { closes: true, sure: true }
        }
        "im_end" | "eot_id" | "eot" | "eom_id" | "endoftext" | "end_of_text" | "end_of_turn"
        | "end_of_turn_token" | "end_of_sentence" | "eos" | "user" | "system" | "human" | "tool"
        | "observation" => Mark::Stop,
        "end" | "return" | "call" => Mark::MessageEnd,
        "im_start" | "start_header_id" | "start" | "start_of_turn_token" | "start_of_role" => {
            Mark::Header(Header::Speaker)
        }
        "channel" => Mark::Header(Header::Channel),
        "tool_call_begin" => Mark::Header(Header::Call),
        "message" | "tool_sep" | "tool_call_argument_begin" | "end_header_id" | "end_of_role" => Mark::Body,
        "tool_call_end" => Mark::CallEnd,
        "python_tag" | "tool_call_start" => Mark::Keep,
        _ => Mark::Nothing,
    }
}

/// `<think>`, `</think>` and the like, with attributes.
fn tag(rest: &str, asides: Asides) -> Seen {
    let Some(body) = rest.strip_prefix('<') else {
        return Seen::Other;
    };
    let closes = body.starts_with('/');
    let body = body.strip_prefix('/').unwrap_or(body);
    let end = body.find(|c: char| !c.is_ascii_alphabetic() && !"_:".contains(c)).unwrap_or(body.len());
    let (name, tail) = body.split_at(end);
    let counts = asides == Asides::All || asides == Asides::Closing && closes;
    let known = || THINK.iter().chain(ASIDE.iter().filter(|_| counts));
    if tail.is_empty() {
        let may =
            known().any(|tag| tag.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)));
        return if may { Seen::TooShort } else { Seen::Other };
    }
    let is_known = known().any(|tag| tag.eq_ignore_ascii_case(name));
    if !is_known || !tail.starts_with(|c: char| c == '>' || c == '/' || c.is_whitespace()) {
        return Seen::Other;
    }
    let sure = THINK.iter().any(|tag| tag.eq_ignore_ascii_case(name));
    match tail.find('>') {
        // `<think/>` is an empty block.
        Some(at) => {
            let closes = closes || tail[..at].ends_with('/');
            Seen::Mark(Mark::Think { closes, sure }, rest.len() - tail.len() + at + 1)
        }
        None if tail.len() > LONGEST => Seen::Other,
        None => Seen::TooShort,
    }
}
