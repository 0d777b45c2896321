//! How many tokens a request may have, before anybody counted them.

use crate::model::ModelRequest;

/// What a line, a tool or the frame of a request takes beside its text.
const FRAME: u64 = 8;

/// What a picture takes; providers take from 85 to 1 600.
const PICTURE: u64 = 1_600;

/// How many tokens a text may have: a guess that is rather too high. Words of English have four letters and more a token;
/// signs often stand alone, other scripts have one or two tokens a letter.
#[must_use]
pub fn estimated_tokens(text: &str) -> u64 {
    let (mut letters, mut signs, mut others) = (0, 0, 0);
    for letter in text.chars() {
        match letter {
            _ if !letter.is_ascii() => others += 1,
            _ if letter.is_ascii_punctuation() => signs += 1,
            _ => letters += 1,
        }
    }
    u64::div_ceil(letters, 3) + u64::div_ceil(signs * 2, 3) + others * 2
}

/// How many tokens a request may have: a guess that is rather too high.
#[must_use]
pub fn estimated_prompt(request: &ModelRequest) -> u64 {
    let lines = request.lines.iter().map(|line| {
        let calls = line.calls.iter().map(|call| {
            let arguments = serde_json::to_string(&call.arguments).unwrap_or_default();
            estimated_tokens(&call.name) + estimated_tokens(&arguments) + FRAME
        });
        let pictures = line.media.iter().filter(|media| media.is("image")).count() as u64 * PICTURE;
        estimated_tokens(&line.text) + estimated_tokens(&line.name) + FRAME + pictures + calls.sum::<u64>()
    });
    let tools = request.tools.iter().map(|tool| {
        let parameters = tool.parameters.to_string();
        estimated_tokens(&tool.name)
            + estimated_tokens(&tool.description)
            + estimated_tokens(&parameters)
            + FRAME
    });
    let schema = request.schema().map_or(0, |schema| estimated_tokens(&schema.to_string()));
    let texts = estimated_tokens(&request.system) + estimated_tokens(&request.context);
    texts + schema + FRAME + lines.sum::<u64>() + tools.sum::<u64>() + request.tokens.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Purpose, service::kind::Media};

    #[test]
    fn a_guess_is_rather_too_high() {
        let rows = [
            // Nine with the tokenisers of GPT-4 and later.
            ("The quick brown fox jumps over the lazy dog", 9, 18),
            // A word or a sign may be one token each; blanks belong to the words.
            ("fn main() { println!(\"hi\"); }", 10, 15),
            ("今天天气很好", 6, 12),
            ("", 0, 0),
        ];
        for (text, least, most) in rows {
            let guess = estimated_tokens(text);
            assert!((least..=most).contains(&guess), "{text}: {guess}");
        }
        let plain = ModelRequest::new(Purpose::Reply, "Hello there");
        let seen = ModelRequest::about(Purpose::Reply, "Hello there", [Media::new("image/png", [0])]);
        assert_eq!(estimated_prompt(&seen) - estimated_prompt(&plain), PICTURE);
    }
}
