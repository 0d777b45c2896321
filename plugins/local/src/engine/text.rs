//! The text of an answer while it is made: whole characters, nothing behind what ends it.

/// The text of an answer while it is made.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// What ends it.
    stops: Vec<String>,
    /// Bytes that are no whole character yet.
    bytes: Vec<u8>,
    /// What may be the beginning of something that ends it.
    held: String,
    whole: String,
    ended: bool,
}

impl Text {
    pub(super) fn new(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stops, ..Self::default() }
    }

    /// Adds the bytes of a token; what can be shown now.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.bytes.extend_from_slice(bytes);
        let read = self.characters();
        // Many models begin with a blank.
        let read = if self.whole.is_empty() && self.held.is_empty() { read.trim_start() } else { &read };
        self.held.push_str(read);
        self.show(false)
    }

    /// Shows the rest: nothing more comes.
    pub(super) fn finish(&mut self) -> String {
        let rest = String::from_utf8_lossy(&std::mem::take(&mut self.bytes)).into_owned();
        self.held.push_str(&rest);
        self.show(true)
    }

    /// Whether something came that ends it.
    pub(super) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// All that was shown.
    pub(super) fn into_whole(self) -> String {
        self.whole
    }

    fn characters(&mut self) -> String {
        let mut read = String::new();
        loop {
            match std::str::from_utf8(&self.bytes) {
                Ok(text) => {
                    read.push_str(text);
                    self.bytes.clear();
                    return read;
                }
                Err(error) => {
                    let valid = self.bytes.drain(..error.valid_up_to()).collect::<Vec<_>>();
                    read.push_str(&String::from_utf8_lossy(&valid));
                    let Some(wrong) = error.error_len() else { return read };
                    self.bytes.drain(..wrong);
                    read.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
    }

    fn show(&mut self, is_all: bool) -> String {
        if self.ended {
            return String::new();
        }
        let first = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min();
        let to = match first {
            Some(at) => {
                self.ended = true;
                at
            }
            None if is_all => self.held.len(),
            None => self.held.len() - self.doubtful(),
        };
        let shown: String = self.held.drain(..to).collect();
        self.whole.push_str(&shown);
        shown
    }

    /// How many bytes at the end may be the beginning of what ends it.
    fn doubtful(&self) -> usize {
        let longest = |stop: &String| {
            let ends = stop.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
            ends.filter(|at| self.held.ends_with(&stop[..*at])).max()
        };
        self.stops.iter().filter_map(longest).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_characters_and_nothing_stands_behind_a_stop() {
        for (stops, pieces, shown, is_ended) in [
            (&[][..], &[&b" Hel"[..], b"lo"][..], &["Hel", "lo", ""][..], false),
            (&[], &[b"\xc3", b"\xa4!"], &["", "ä!", ""], false),
            (&[], &[b"a\xff", b"b"], &["a\u{fffd}", "b", ""], false),
            (&[], &[b"a\xc3"], &["a", "\u{fffd}"], false),
            (&["\nUser:"], &[b"Yes.\nUs", b"er: no"], &["Yes.", "", ""], true),
            (&["\nUser:"], &[b"Yes.\nUs", b"ual"], &["Yes.", "\nUsual", ""], false),
            (&["\nUser:"], &[b"Yes.\nUs"], &["Yes.", "\nUs"], false),
            (&["b", "ab"], &[b"xab"], &["x", ""], true),
            (&[""], &[b"x"], &["x", ""], false),
        ] {
            let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
            let mut text = Text::new(&stops);
            let mut found: Vec<String> = pieces.iter().map(|piece| text.push(piece)).collect();
            found.push(text.finish());
            assert_eq!(found, shown, "{stops:?} {pieces:?}");
            assert_eq!(text.is_ended(), is_ended, "{stops:?} {pieces:?}");
            assert_eq!(text.into_whole(), shown.concat());
        }
    }
}
