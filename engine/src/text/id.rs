//! Ids derived from text: the same text gives the same id on every machine, for ever.
//!
//! The derivation is that of elizaOS `stringToUuid`, so that rooms and entities imported
//! from there keep their ids.

use sha1::{Digest, Sha1};
use uuid::Uuid;

/// The id that stands for `text`.
///
/// SHA-1 of the percent-encoded text, first 16 bytes, version nibble 0, variant 10.
/// A text that already is a hyphenated UUID is returned as that UUID.
pub fn stable_id(text: &str) -> Uuid {
    if let Some(uuid) = hyphenated(text) {
        return uuid;
    }
    let digest = Sha1::digest(percent_encode(text).as_bytes());
    let mut bytes = [0_u8; 16];
    for (byte, digested) in bytes.iter_mut().zip(digest.iter()) {
        *byte = *digested;
    }
    bytes[6] &= 0x0f;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes)
}

/// The id that stands for `text` as seen by one agent: two agents in the same chat room
/// keep separate rooms and entities.
///
/// The agent's own id is returned unchanged, everything else is `stable_id("text:agent")`.
pub fn stable_id_for(agent: Uuid, text: &str) -> Uuid {
    if hyphenated(text) == Some(agent) {
        return agent;
    }
    stable_id(&format!("{text}:{agent}"))
}

/// Only the 36-character form counts: `Uuid::try_parse` alone would also take 32 hex digits,
/// braces and `urn:uuid:`, which elizaOS hashes.
fn hyphenated(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// JavaScript's `encodeURIComponent`.
fn percent_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 0x0f)]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_that_of_javascript() {
        let rows = [
            ("", ""),
            ("a b", "a%20b"),
            ("-_.!~*'()", "-_.!~*'()"),
            ("100%", "100%25"),
            ("ä€😀", "%C3%A4%E2%82%AC%F0%9F%98%80"),
        ];
        for (text, encoded) in rows {
            assert_eq!(percent_encode(text), encoded, "{text:?}");
        }
    }

    #[test]
    fn only_the_hyphenated_form_is_taken_as_an_id() {
        let id = "b850bc30-45f8-0041-a00a-83df46d8555d";
        assert_eq!(stable_id(id).to_string(), id);
        assert_ne!(stable_id(&id.replace('-', "")).to_string(), id);
    }
}
