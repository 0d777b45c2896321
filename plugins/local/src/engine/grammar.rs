//! Answers that are held to a JSON Schema, token by token.

use super::tokens::Tokens;
use crate::LocalError;
use llguidance::{
    Matcher, ParserFactory,
    api::TopLevelGrammar,
    toktrie::{ApproximateTokEnv, TokEnv, TokRxInfo, TokTrie},
};
use serde_json::{Value, json};
use std::{fmt, sync::Arc};

/// Makes what holds answers to schemas, for the tokens of one model.
pub(super) struct Grammars {
    factory: ParserFactory,
}

/// What holds one answer to a schema.
pub(super) struct Hold {
    matcher: Matcher,
}

impl Grammars {
    pub(super) fn of(tokens: &Tokens) -> Result<Self, LocalError> {
        let words = tokens.words();
        let count = u32::try_from(words.len()).map_err(unheld)?;
        let trie = TokTrie::from(&TokRxInfo::new(count, tokens.end()), words);
        let all: TokEnv = Arc::new(ApproximateTokEnv::new(trie));
        let mut factory = ParserFactory::new_simple(&all).map_err(unheld)?;
        factory.quiet();
        Ok(Self { factory })
    }

    /// Holds an answer to a schema. What of it cannot be held to is left to be checked afterwards.
    pub(super) fn hold(&self, schema: &Value) -> Result<Hold, LocalError> {
        let mut schema = match schema {
            Value::Object(_) => schema.clone(),
            _ => json!({}),
        };
        // Blanks as people write them: that is what models have seen, and without a choice none can be said for ever.
        schema["x-guidance"] = json!({ "lenient": true, "whitespace_flexible": false, "item_separator": ", ", "key_separator": ": " });
        let parser = self.factory.create_parser(TopLevelGrammar::from_json_schema(schema));
        Ok(Hold { matcher: Matcher::new(Ok(parser.map_err(unheld)?)) })
    }
}

impl Hold {
    /// Makes tokens that cannot come next impossible.
    pub(super) fn apply(&mut self, next: &mut [f32]) -> Result<(), LocalError> {
        let allowed = self.matcher.compute_mask_or_eos().map_err(unheld)?;
        for (token, likely) in next.iter_mut().enumerate() {
            if token >= allowed.len() || !allowed.get(token) {
                *likely = f32::NEG_INFINITY;
            }
        }
        Ok(())
    }

    /// Goes on behind a token; whether the answer is complete.
    pub(super) fn take(&mut self, token: u32) -> Result<bool, LocalError> {
        self.matcher.consume_token(token).map_err(unheld)?;
        Ok(self.matcher.is_stopped())
    }
}

fn unheld(error: impl fmt::Display) -> LocalError {
    // The library appends its whole state.
    LocalError::Schema(error.to_string().lines().next().unwrap_or_default().to_owned())
}
