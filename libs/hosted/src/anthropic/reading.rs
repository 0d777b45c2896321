//! Answers of the messages API.

use crate::{
    Kept, Reading, Refusal,
    building::{Building, malformed},
};
use galatea::model::{ModelAnswer, ModelError, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

/// Reads a message.
#[derive(Debug, Default)]
pub struct AnthropicReading {
    building: Building,
    tokens: Tokens,
    /// Thoughts with their signatures, in their order.
    thoughts: Vec<Thought>,
    /// The last event came.
    stopped: bool,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Message,
    },
    ContentBlockStart {
        index: u64,
        content_block: Block,
    },
    ContentBlockDelta {
        index: u64,
        delta: Addition,
    },
    MessageDelta {
        delta: End,
        usage: Option<Tokens>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    /// `ping`, `content_block_stop`, and what comes with later versions.
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Message {
    model: Option<String>,
    #[serde(default)]
    content: Vec<Block>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Tokens,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Value,
    },
    Thinking {
        #[serde(default)]
        thinking: String,
        #[serde(default)]
        signature: String,
    },
    RedactedThinking {
        data: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Addition {
    TextDelta {
        text: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    ThinkingDelta {
        thinking: String,
    },
    SignatureDelta {
        signature: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct End {
    stop_reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Tokens {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
}

#[derive(Debug)]
struct Thought {
    index: u64,
    block: Value,
}

impl Tokens {
    /// The later numbers, where there are some: they count from the beginning.
    fn then(self, later: Self) -> Self {
        Self {
            input_tokens: later.input_tokens.or(self.input_tokens),
            output_tokens: later.output_tokens.or(self.output_tokens),
            cache_read_input_tokens: later.cache_read_input_tokens.or(self.cache_read_input_tokens),
            cache_creation_input_tokens: later
                .cache_creation_input_tokens
                .or(self.cache_creation_input_tokens),
        }
    }

    /// The server counts what it read from its cache apart.
    fn usage(&self) -> Usage {
        let cached = self.cache_read_input_tokens.unwrap_or_default();
        let stored = self.cache_creation_input_tokens.unwrap_or_default();
        Usage {
            prompt: self.input_tokens.unwrap_or_default().saturating_add(cached).saturating_add(stored),
            completion: self.output_tokens.unwrap_or_default(),
            cached,
            stored,
            ..Usage::default()
        }
    }
}

impl AnthropicReading {
    fn begin(&mut self, index: u64, block: Block) -> Option<String> {
        match block {
            Block::Text { text } => self.building.text(Some(text)),
            Block::ToolUse { id, name, input } => {
                // In a stream it begins empty, and comes as text.
                let input = input.as_object().filter(|input| !input.is_empty()).map(|_| input.to_string());
                self.building.call(index, Some(&id), Some(&name), input.as_deref());
                None
            }
            Block::Thinking { thinking, signature } => {
                let block = json!({ "type": "thinking", "thinking": thinking, "signature": signature });
                self.thoughts.push(Thought { index, block });
                None
            }
            Block::RedactedThinking { data } => {
                let block = json!({ "type": "redacted_thinking", "data": data });
                self.thoughts.push(Thought { index, block });
                None
            }
            Block::Other => None,
        }
    }

    fn go_on(&mut self, index: u64, delta: Addition) -> Option<String> {
        match delta {
            Addition::TextDelta { text } => self.building.text(Some(text)),
            Addition::InputJsonDelta { partial_json } => {
                self.building.call(index, None, None, Some(&partial_json));
                None
            }
            Addition::ThinkingDelta { thinking } => self.think(index, "thinking", &thinking),
            Addition::SignatureDelta { signature } => self.think(index, "signature", &signature),
            Addition::Other => None,
        }
    }

    fn think(&mut self, index: u64, key: &str, more: &str) -> Option<String> {
        let thought = self.thoughts.iter_mut().find(|thought| thought.index == index)?;
        let text = format!("{}{more}", thought.block.get(key).and_then(Value::as_str).unwrap_or_default());
        thought.block.as_object_mut()?.insert(key.to_owned(), text.into());
        None
    }

    fn end(&mut self, reason: Option<&str>) -> Result<(), ModelError> {
        match reason {
            Some("max_tokens") => self.building.answer.cut = true,
            Some("model_context_window_exceeded") if self.building.answer.text.is_empty() => {
                let why = "the model's context window is full".to_owned();
                return Err(ModelError::TooLong { limit: None, why });
            }
            Some("model_context_window_exceeded") => self.building.answer.cut = true,
            Some("refusal") => self.building.withheld = Some("the model declines".to_owned()),
            _ => {}
        }
        Ok(())
    }
}

impl Reading for AnthropicReading {
    fn push(&mut self, data: &str) -> Result<Option<String>, ModelError> {
        let event = serde_json::from_str(data).map_err(|error| malformed("a piece of the answer", &error))?;
        match event {
            Event::MessageStart { message } => {
                self.building.by_model(message.model);
                self.tokens = self.tokens.then(message.usage);
            }
            Event::ContentBlockStart { index, content_block } => return Ok(self.begin(index, content_block)),
            Event::ContentBlockDelta { index, delta } => return Ok(self.go_on(index, delta)),
            Event::MessageDelta { delta, usage } => {
                self.tokens = self.tokens.then(usage.unwrap_or_default());
                self.end(delta.stop_reason.as_deref())?;
            }
            Event::MessageStop => {
                self.building.ended = true;
                self.stopped = true;
            }
            Event::Error { error } => return Err(Refusal::in_stream(&json!({ "error": error })).error),
            Event::Other => {}
        }
        Ok(None)
    }

    fn whole(&mut self, body: &str) -> Result<(), ModelError> {
        let message: Message = serde_json::from_str(body).map_err(|error| malformed("the answer", &error))?;
        self.building.by_model(message.model);
        self.tokens = message.usage;
        self.building.ended = message.stop_reason.is_some() || !message.content.is_empty();
        for (index, block) in (0..).zip(message.content) {
            self.begin(index, block);
        }
        self.end(message.stop_reason.as_deref())
    }

    fn is_over(&self) -> bool {
        self.building.ended
    }

    fn is_done(&self) -> bool {
        self.stopped
    }

    fn finish(mut self, kept: &Kept) -> Result<ModelAnswer, ModelError> {
        self.building.used(self.tokens.usage());
        if let (Some(call), false) = (self.building.first_call(), self.thoughts.is_empty()) {
            kept.note(call, self.thoughts.into_iter().map(|thought| thought.block).collect());
        }
        self.building.finish()
    }
}
