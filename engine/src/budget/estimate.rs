//! How many tokens a request may have, before anybody counted them.

use crate::model::ModelRequest;

/// What a line, a tool or the frame of a request takes beside its text.
const FRAME: u64 = 8;

/// What a picture takes; providers take from 85 to 1 600.
const PICTURE: u64 = 1_600;

/// How many tokens a text may have: a guess that is rather too high. Words of English have four letters and more a token,
/// code three; other scripts have one or two tokens a letter.
#[must_use]
pub fn estimated_tokens(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
    let others = text.chars().filter(|letter| !letter.is_ascii()).count() as u64;
    ascii.div_ceil(3) + others * 2
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
        // Counted with the tokeniser of GPT-4: 9, 12, 7 and 5 tokens.
        let rows = [
            ("The quick brown fox jumps over the lazy dog", 9, 20),
            ("fn main() { println!(\"hi\"); }", 12, 12),
            ("今天天气很好", 7, 14),
            ("héllo wörld", 5, 9),
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
