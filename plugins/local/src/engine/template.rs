//! A conversation as the model's chat template writes it.

use super::{file::Gguf, tokens::Tokens};
use crate::LocalError;
use galatea::model::{Line, ModelRequest, Speaker};
use minijinja::{Environment, Error, ErrorKind, Value, context};
use std::collections::BTreeSet;

/// The name of the only template.
const CHAT: &str = "chat";

/// The template of models that have its marks and none of their own.
const CHATML: &str = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}\
                      {% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// A chat template.
pub(super) struct Template {
    templates: Environment<'static>,
    begin: String,
    end: String,
}

/// One message, as chat templates know them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Message {
    role: &'static str,
    content: String,
}

impl Template {
    /// The template of a file.
    pub(super) fn of(gguf: &Gguf, tokens: &Tokens) -> Result<Self, LocalError> {
        let text = match gguf.text("tokenizer.chat_template") {
            Some(text) => text,
            None if tokens.has("<|im_start|>") => CHATML,
            None => {
                return Err(gguf.unfit(
                    "it has no chat template, so it is a model that continues texts and does not converse; take the one that is called \
                     `instruct`, `chat` or `it`",
                ));
            }
        };
        let mut templates = Environment::new();
        // As the library does for which the templates are written.
        let syntax = templates.syntax().to_builder().trim_blocks(true).lstrip_blocks(true).build();
        templates.set_syntax(syntax.map_err(|error| gguf.unfit(error))?);
        templates.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        templates.add_function("raise_exception", |why: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, why))
        });
        let added = templates.add_template_owned(CHAT, text.to_owned());
        added.map_err(|error| gguf.unfit(format!("its chat template: {error}")))?;
        let (begin, end) = ("tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id");
        Ok(Self { templates, begin: tokens.named(gguf, begin), end: tokens.named(gguf, end) })
    }

    /// The prompt of a request, with more for the model to know behind what its system part says.
    pub(super) fn write(
        &self,
        tokens: &Tokens,
        request: &ModelRequest,
        more: &str,
    ) -> Result<String, LocalError> {
        let mut messages = messages(request, more);
        for message in &mut messages {
            message.content = tokens.without_marks(&message.content);
        }
        match self.render(&messages) {
            Ok(prompt) => Ok(prompt),
            // Some models know no system part: then it is said to them.
            Err(error) => match without_system(messages).map(|messages| self.render(&messages)) {
                Some(Ok(prompt)) => Ok(prompt),
                _ => Err(LocalError::Template(error.to_string())),
            },
        }
    }

    fn render(&self, messages: &[Message]) -> Result<String, Error> {
        let told = |message: &Message| {
            Value::from_pairs([
                ("role", Value::from(message.role)),
                ("content", Value::from(message.content.as_str())),
            ])
        };
        self.templates.get_template(CHAT)?.render(context! {
            messages => messages.iter().map(told).collect::<Value>(),
            add_generation_prompt => true,
            bos_token => self.begin.as_str(),
            eos_token => self.end.as_str(),
            enable_thinking => false,
        })
    }
}

fn messages(request: &ModelRequest, more: &str) -> Vec<Message> {
    let system = [request.system.as_str(), request.context.as_str(), more];
    let system: Vec<&str> = system.into_iter().filter(|part| !part.trim().is_empty()).collect();
    let mut messages = Vec::with_capacity(request.lines.len() + 1);
    if !system.is_empty() {
        messages.push(Message { role: "system", content: system.join("\n\n") });
    }
    let spoken = request.lines.iter().filter(|line| line.speaker == Speaker::User);
    let is_crowd = spoken.map(|line| line.name.as_str()).collect::<BTreeSet<_>>().len() > 1;
    for line in &request.lines {
        let (role, content) = told(line, is_crowd);
        match messages.last_mut() {
            _ if content.trim().is_empty() => {}
            // Templates want the two to speak in turn.
            Some(last) if last.role == role => {
                last.content.push('\n');
                last.content.push_str(&content);
            }
            _ => messages.push(Message { role, content }),
        }
    }
    if messages.last().is_none_or(|last| last.role == "system") {
        // Most templates refuse a conversation in which nobody asks.
        messages.push(Message { role: "user", content: "…".to_owned() });
    }
    messages
}

fn told(line: &Line, is_crowd: bool) -> (&'static str, String) {
    match line.speaker {
        Speaker::Assistant => ("assistant", line.text.clone()),
        Speaker::Tool => ("user", format!("[{}: {}]", line.name, line.text)),
        Speaker::User => {
            let unseen =
                line.media.iter().map(|media| format!("[{}, which you cannot open]", media.media_type));
            let text = unseen.chain([line.text.clone()]).collect::<Vec<_>>().join(" ");
            match is_crowd && !line.name.is_empty() {
                true => ("user", format!("{}: {text}", line.name)),
                false => ("user", text),
            }
        }
    }
}

fn without_system(mut messages: Vec<Message>) -> Option<Vec<Message>> {
    if messages.first()?.role != "system" {
        return None;
    }
    let system = messages.remove(0).content;
    match messages.first_mut() {
        Some(first) if first.role == "user" => first.content = format!("{system}\n\n{}", first.content),
        _ => messages.insert(0, Message { role: "user", content: system }),
    }
    Some(messages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::model::Purpose;

    #[test]
    fn a_conversation_alternates() {
        let mut request = ModelRequest::new(Purpose::Reply, "Hello?");
        request.system = "You are Ada.".to_owned();
        request.context = "It is noon.".to_owned();
        request.lines.extend([
            Line::new(Speaker::User, "Sam", "Are you there?"),
            Line::new(Speaker::Assistant, "Ada", "Yes."),
            Line::new(Speaker::Tool, "LOOK", "Rain."),
            Line::new(Speaker::User, "Sam", "And?"),
        ]);
        let told = |messages: Vec<Message>| -> Vec<(&str, String)> {
            messages.into_iter().map(|message| (message.role, message.content)).collect()
        };
        let messages = messages(&request, "Be brief.");
        let said = [
            ("system", "You are Ada.\n\nIt is noon.\n\nBe brief."),
            ("user", "user: Hello?\nSam: Are you there?"),
            ("assistant", "Yes."),
            ("user", "[LOOK: Rain.]\nSam: And?"),
        ];
        assert_eq!(told(messages.clone()), said.map(|(role, text)| (role, text.to_owned())));
        let merged = without_system(messages).unwrap_or_default();
        assert_eq!(merged.len(), 3);
        assert!(merged[0].content.starts_with("You are Ada.") && merged[0].content.ends_with("there?"));
    }
}
