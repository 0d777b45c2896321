//! What a program may be told while a reply is being made, so that it never has to unsay anything that it need not.
//!
//! The engine may take back what it streamed: a model begins to speak and then acts, a gate puts something else in the place of a
//! reply. A program that reads a stream keeps what it has. So what is streamed anew is held back as long as it is what the program
//! has already, goes on where it goes on, and begins anew only where it differs.

use crate::Streaming;
use galatea::memory::Memory;
use std::mem;
use uuid::Uuid;

/// What a program is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// A reply begins.
    Begins,
    /// Its next piece.
    Text(String),
    /// It is not what the agent says; what it says begins next, if it says anything.
    Void,
    /// It is whole, and remembered.
    Ends {
        /// The text.
        text: String,
        /// The memory.
        id: Uuid,
    },
}

/// What was streamed and said so far.
#[derive(Debug)]
pub(crate) struct Speech {
    streaming: Streaming,
    /// What the program has of the reply that is being made; `None` before it begins.
    told: Option<String>,
    /// What the agent streamed of it since it began, or began anew.
    now: String,
}

impl Speech {
    pub(crate) const fn new(streaming: Streaming) -> Self {
        Self { streaming, told: None, now: String::new() }
    }

    /// The agent streams the next piece.
    pub(crate) fn streamed(&mut self, piece: &str) -> Vec<Spoken> {
        if self.streaming == Streaming::Settled {
            return Vec::new();
        }
        self.now.push_str(if self.now.is_empty() { piece.trim_start() } else { piece });
        let told = self.told.as_deref().unwrap_or_default();
        if self.now.is_empty() || told.starts_with(self.now.as_str()) {
            return Vec::new();
        }
        let now = self.now.clone();
        self.tell(&now)
    }

    /// The agent takes back what it streamed.
    pub(crate) fn retracted(&mut self) {
        self.now.clear();
    }

    /// The agent has said something.
    pub(crate) fn said(&mut self, reply: &Memory) -> Vec<Spoken> {
        let text = reply.content.text.trim();
        self.now.clear();
        let mut spoken = Vec::new();
        // White space at the end is no other reply.
        if self.told.as_ref().is_none_or(|told| told.trim_end() != text) {
            spoken = self.tell(text);
        }
        self.told = None;
        if text.is_empty() {
            return spoken;
        }
        spoken.push(Spoken::Ends { text: text.to_owned(), id: reply.id });
        spoken
    }

    /// The turn is over; what was streamed and not said is void.
    pub(crate) fn over(&mut self) -> Vec<Spoken> {
        self.told.take().map(|_| Spoken::Void).into_iter().collect()
    }

    /// Tells as much of a text as the program does not have.
    fn tell(&mut self, text: &str) -> Vec<Spoken> {
        let mut spoken = Vec::new();
        match mem::take(&mut self.told) {
            Some(told) if text.starts_with(&told) => {
                let rest = &text[told.len()..];
                if !rest.is_empty() {
                    spoken.push(Spoken::Text(rest.to_owned()));
                }
            }
            told => {
                spoken.extend(told.map(|_| Spoken::Void));
                if !text.is_empty() {
                    spoken.extend([Spoken::Begins, Spoken::Text(text.to_owned())]);
                }
            }
        }
        self.told = Some(text.to_owned()).filter(|text| !text.is_empty());
        spoken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::memory::{Content, MemoryKind};
    use serde_json::Value;

    enum Happens {
        Text(&'static str),
        Retracted,
        Said(&'static str),
        Over,
    }
    use Happens::{Over, Retracted, Said, Text};

    fn reply(text: &str) -> Memory {
        Memory {
            id: Uuid::nil(),
            kind: MemoryKind::Message,
            agent: Uuid::nil(),
            entity: Uuid::nil(),
            room: Uuid::nil(),
            world: None,
            at: "2026-01-01T00:00:00Z".parse().unwrap_or_default(),
            sequence: 0,
            content: Content::text(text),
            metadata: Value::Null,
        }
    }

    /// What is told, in short: `(` begins, `!` void, `)` ends.
    fn told(streaming: Streaming, happens: &[Happens]) -> String {
        let mut speech = Speech::new(streaming);
        let mut all = String::new();
        for one in happens {
            let spoken = match one {
                Text(text) => speech.streamed(text),
                Retracted => {
                    speech.retracted();
                    Vec::new()
                }
                Said(text) => speech.said(&reply(text)),
                Over => speech.over(),
            };
            for one in spoken {
                match one {
                    Spoken::Begins => all.push('('),
                    Spoken::Text(text) => all.push_str(&format!("[{text}]")),
                    Spoken::Void => all.push('!'),
                    Spoken::Ends { text, .. } => all.push_str(&format!("={text})")),
                }
            }
        }
        all
    }

    #[test]
    fn nothing_is_unsaid_that_need_not_be() {
        for (name, happens, live) in [
            ("as it comes", &[Text("Hel"), Text("lo."), Said("Hello."), Over][..], "([Hel][lo.]=Hello.)"),
            ("in one", &[Said("Hello."), Over], "([Hello.]=Hello.)"),
            (
                "longer than what was streamed",
                &[Text("Hello"), Said("Hello, Ann.")],
                "([Hello][, Ann.]=Hello, Ann.)",
            ),
            ("white space", &[Text("\n Hello. "), Said("Hello.")], "([Hello. ]=Hello.)"),
            (
                "two replies",
                &[Text("One."), Said("One."), Text("Two."), Said("Two.")],
                "([One.]=One.)([Two.]=Two.)",
            ),
            (
                "it acts after all",
                &[Text("Let me look."), Retracted, Text("It "), Text("rains."), Said("It rains."), Over],
                "([Let me look.]!([It ][rains.]=It rains.)",
            ),
            (
                "said once more",
                &[Text("It rains"), Retracted, Text("It "), Text("rains today."), Said("It rains today.")],
                "([It rains][ today.]=It rains today.)",
            ),
            (
                "another ending",
                &[Text("It rains"), Retracted, Text("It "), Text("snows."), Said("It snows.")],
                "([It rains]!([It snows.]=It snows.)",
            ),
            (
                "held back by a gate",
                &[Text("The key is 7."), Retracted, Said("I cannot say.")],
                "([The key is 7.]!([I cannot say.]=I cannot say.)",
            ),
            ("silence after all", &[Text("Well"), Retracted, Over], "([Well]!"),
            ("nothing after all", &[Text("Well"), Retracted, Said("")], "([Well]!"),
            ("nothing", &[Over], ""),
        ] {
            assert_eq!(told(Streaming::Live, happens), live, "{name}");
        }
        let settled =
            told(Streaming::Settled, &[Text("Let me"), Retracted, Text("It r"), Said("It rains."), Over]);
        assert_eq!(settled, "([It rains.]=It rains.)");
    }
}
