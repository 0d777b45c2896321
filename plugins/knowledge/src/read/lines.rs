//! Bytes as lines of text.

use super::ReadError;
use encoding_rs::{CoderResult, UTF_8};
use std::io::Read;

/// How many bytes are read at once.
const AT_ONCE: usize = 64 * 1024;

/// A line longer than this comes in parts.
const LONGEST: usize = 64 * 1024;

/// Gives each line with its end. UTF-8 and, where the first bytes say so, UTF-16; what is neither is replaced.
pub(super) fn lines(
    bytes: &mut impl Read,
    each: &mut dyn FnMut(&str) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let (mut decoder, mut buffer) = (UTF_8.new_decoder(), vec![0; AT_ONCE]);
    let (mut text, mut first) = (String::new(), true);
    loop {
        let count = match bytes.read(&mut buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let mut rest = buffer.get(..count).unwrap_or_default();
        let is_wide = rest.starts_with(b"\xFF\xFE") || rest.starts_with(b"\xFE\xFF");
        if std::mem::take(&mut first) && !is_wide && rest.contains(&0) {
            return Err(ReadError::Binary);
        }
        loop {
            text.reserve(decoder.max_utf8_buffer_length(rest.len()).unwrap_or(AT_ONCE));
            let (result, read, _) = decoder.decode_to_string(rest, &mut text, count == 0);
            rest = rest.get(read..).unwrap_or_default();
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        let mut done = 0;
        while let Some(end) = text.get(done..).and_then(|left| left.find('\n')) {
            let line = text.get(done..=done + end).unwrap_or_default();
            each(line)?;
            done += line.len().max(1);
        }
        text.drain(..done);
        if count == 0 || text.len() > LONGEST {
            if !text.is_empty() {
                each(&text)?;
                text.clear();
            }
            if count == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_its_lines() {
        let utf16: Vec<u8> =
            [0xFEFF_u16].into_iter().chain("ä\nb".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for (bytes, wanted) in [
            (&b"a\r\nb"[..], vec!["a\r\n", "b"]),
            ("\u{FEFF}ä\n\nc\n".as_bytes(), vec!["ä\n", "\n", "c\n"]),
            (&utf16, vec!["ä\n", "b"]),
            (b"a\xFFb", vec!["a\u{FFFD}b"]),
            (b"", vec![]),
        ] {
            let mut found = Vec::new();
            let mut slow = bytes;
            lines(&mut slow, &mut |line| {
                found.push(line.to_owned());
                Ok(())
            })
            .unwrap();
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn a_line_without_end_comes_in_parts() {
        let bytes = "ä".repeat(300_000);
        let (mut longest, mut whole) = (0, String::new());
        lines(&mut bytes.as_bytes(), &mut |part| {
            longest = longest.max(part.len());
            whole.push_str(part);
            Ok(())
        })
        .unwrap();
        assert!(whole == bytes && longest <= LONGEST + AT_ONCE, "{longest}");
    }
}
