//! The pattern of a plugin for a platform: it brings messages in and sends replies out. A server is a world, a
//! channel a room, a user an entity.

use galatea::{
    agent::{Address, Incoming},
    event::MessageSent,
    memory::{Content, RoomKind},
    prelude::*,
};
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;

/// The name of the platform: rooms, worlds and entities are told apart by it.
const SOURCE: &str = "parlour";

/// Talks with people in the parlour.
#[plugin("parlour")]
pub struct Parlour;

/// What somebody wrote on the platform.
#[derive(Clone, Debug)]
pub struct Post {
    /// The server.
    pub server: String,
    /// The channel.
    pub channel: String,
    /// Who wrote it.
    pub author: String,
    /// What they wrote.
    pub text: String,
    /// It names the agent.
    pub mentions_agent: bool,
}

/// The connection to the platform. This one is a pair of queues; a real one is a socket.
#[derive(Debug)]
pub struct Connection {
    agent: Agent,
    incoming: mpsc::Sender<Post>,
    posts: tokio::sync::Mutex<mpsc::Receiver<Post>>,
    sent: Mutex<Vec<String>>,
}

/// Keeps the connection to the parlour, and starts anew when it breaks.
#[service(plugin = Parlour)]
impl Connection {
    async fn start(agent: Agent) -> Self {
        let (incoming, posts) = mpsc::channel(64);
        Self { agent, incoming, posts: tokio::sync::Mutex::new(posts), sent: Mutex::default() }
    }

    /// What it does as long as it lives. If it ends with an error, the engine starts the service again.
    async fn run(&self) -> Result<(), galatea::agent::AcceptError> {
        let mut posts = self.posts.lock().await;
        while let Some(post) = posts.recv().await {
            // Stored when this returns; the answer comes as an event.
            self.agent.send(message(post)).await?;
        }
        Ok(())
    }

    /// What the platform would deliver.
    pub async fn deliver(&self, post: Post) -> bool {
        self.incoming.send(post).await.is_ok()
    }

    /// What was sent to the platform.
    pub fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A post as a message.
fn message(post: Post) -> Incoming {
    let mut content = Content { source: Some(SOURCE.to_owned()), ..Content::text(post.text) };
    content.mention.mention = post.mentions_agent;
    let address = Address {
        source: SOURCE.to_owned(),
        kind: RoomKind::Group,
        room: post.channel,
        world: Some(post.server),
    };
    Incoming { id: None, address, from: post.author, founder: false, content }
}

/// Sends what the agent says to the channel it was said in.
#[on(MessageSent, plugin = Parlour)]
async fn send_out(
    event: Event<MessageSent>,
    memories: Memories,
    connection: Service<Connection>,
) -> Result<(), galatea::store::StoreError> {
    let rooms = memories.rooms().await?;
    if let Some(room) = rooms.iter().find(|room| room.id == event.message.room && room.source == SOURCE) {
        let line = format!("#{}: {}", room.name, event.message.content.text);
        connection.sent.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{Script, TestAgent, TestResult};
    use std::time::Duration;

    #[tokio::test]
    async fn posts_come_in_and_replies_go_out() -> TestResult {
        let agent =
            TestAgent::with::<Parlour>().model(Script::new().says("Good evening.").forever()).start().await?;
        let connection = agent.service::<Connection>().ok_or("no connection")?;
        let post = Post {
            server: "The Parlour".to_owned(),
            channel: "fireside".to_owned(),
            author: "grace".to_owned(),
            text: "@Ada good evening".to_owned(),
            mentions_agent: true,
        };
        assert!(connection.deliver(post).await);
        let answered = async {
            while connection.sent().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), answered).await?;
        assert_eq!(connection.sent(), ["#fireside: Good evening."]);
        // Whoever is at the terminal is answered there.
        agent.says("Anybody here?").await?.assert_replied("Good evening.");
        agent.settled().await?;
        assert_eq!(connection.sent().len(), 1);
        Ok(())
    }
}
