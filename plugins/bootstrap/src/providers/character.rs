//! CHARACTER.

use super::{list, section};
use crate::Bootstrap;
use galatea::{
    character::{Character, MessageExample},
    memory::RoomKind,
    prelude::*,
    text::template::add_header,
};
use uuid::Uuid;

/// Who the agent is: its bio, what it is like, what it talks about, how it writes, and conversations that show it.
#[provider(position = -100)]
async fn character(agent: Agent, config: Config<Bootstrap>, place: Place, message: Message) -> Context {
    let character = agent.character();
    let about = About { character: &character, examples: config.examples as usize };
    let posting = place.room().is_some_and(|room| room.kind == RoomKind::Feed);
    about.values(Context::text(about.text(posting)), posting, message.id)
}

struct About<'a> {
    character: &'a Character,
    examples: usize,
}

impl About<'_> {
    /// The same from turn to turn, so nothing in it is drawn by lot as in elizaOS.
    fn text(&self, posting: bool) -> String {
        let Character { name, adjectives, topics, post_examples, .. } = self.character;
        let mut bio = self.bio();
        if !adjectives.is_empty() {
            bio.push_str(&format!("\n{name} is {}.", adjectives.join(", ")));
        }
        if !topics.is_empty() {
            bio.push_str(&format!("\n{name} likes to talk about {}.", topics.join(", ")));
        }
        let mut text = section(&format!("About {name}"), &bio);
        text.push_str(&section(&format!("How {name} writes"), &list(self.directions(posting))));
        if posting {
            text.push_str(&section(
                &format!("Example posts of {name}"),
                &list(post_examples.iter().cloned()),
            ));
        } else {
            text.push_str(&section(&format!("Example conversations of {name}"), &self.conversations(false)));
        }
        text
    }

    fn values(&self, context: Context, posting: bool, message: Uuid) -> Context {
        let Character { name, adjectives, topics, post_examples, system, .. } = self.character;
        let pick = |list: &[String]| list.get(drawn(message, list.len())).cloned().unwrap_or_default();
        let topic = pick(topics);
        let others: Vec<&str> = topics.iter().map(String::as_str).filter(|other| *other != topic).collect();
        let others = match others.as_slice() {
            [] => String::new(),
            others => format!("{name} is also interested in {}", others.join(", ")),
        };
        let chat =
            add_header(&format!("# Message Directions for {name}"), &self.directions(false).join("\n"));
        let post = add_header(&format!("# Post Directions for {name}"), &self.directions(true).join("\n"));
        let conversations =
            add_header(&format!("# Example Conversations for {name}"), &self.conversations(true));
        let posts = add_header(&format!("# Example Posts for {name}"), &post_examples.join("\n"));
        context
            .with_value("agentName", name.clone())
            .with_value("bio", add_header(&format!("# About {name}"), &self.bio()))
            .with_value("system", system.clone().unwrap_or_default())
            .with_value("topic", topic)
            .with_value("topics", others)
            .with_value("adjective", pick(adjectives))
            .with_value("directions", if posting { post.clone() } else { chat.clone() })
            .with_value("messageDirections", chat)
            .with_value("postDirections", post)
            .with_value("examples", if posting { posts.clone() } else { conversations.clone() })
            .with_value("characterPostExamples", posts)
            .with_value("characterMessageExamples", conversations)
    }

    fn bio(&self) -> String {
        self.named(&self.character.bio.as_slice().join("\n"))
    }

    fn directions(&self, posting: bool) -> Vec<String> {
        let style = &self.character.style;
        let special = if posting { &style.post } else { &style.chat };
        style.all.iter().chain(special).map(|line| self.named(line)).collect()
    }

    fn conversations(&self, actions: bool) -> String {
        let told = self.character.message_examples.iter().take(self.examples);
        let told: Vec<String> = told.map(|lines| self.conversation(lines, actions)).collect();
        told.join("\n\n")
    }

    fn conversation(&self, lines: &[MessageExample], actions: bool) -> String {
        let line = |line: &MessageExample| {
            let done = match line.actions.as_slice() {
                done if actions && !done.is_empty() => format!(" (actions: {})", done.join(", ")),
                _ => String::new(),
            };
            self.named(&format!("{}: {}{done}", line.name, line.text))
        };
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The placeholders of examples as names.
    fn named(&self, text: &str) -> String {
        if !text.contains("{{") {
            return text.to_owned();
        }
        let agent = ["{{agentName}}", "{{agent}}", "{{char}}"];
        let named = agent.iter().fold(text.to_owned(), |text, mark| text.replace(mark, &self.character.name));
        (1..=5).fold(named, |text, number| {
            let user = format!("User {number}");
            text.replace(&format!("{{{{user{number}}}}}"), &user)
                .replace(&format!("{{{{name{number}}}}}"), &user)
        })
    }
}

/// A place in a list, another one for each message.
fn drawn(message: Uuid, length: usize) -> usize {
    usize::from(message.as_bytes()[15]) % length.max(1)
}
