//! Messages that come in once for ever, and replies that wait to be delivered.

use super::{AGENT, OTHER_ROOM, Outcome, id, message, numbers, run, same};
use crate::{
    memory::{Content, Memory, MemoryKind},
    store::{MemoryQuery, Store},
};
use std::sync::Arc;

pub(super) fn reply(number: u128, source: &str) -> Memory {
    let content = Content { source: Some(source.to_owned()), ..Content::text("reply") };
    Memory { entity: AGENT, content, ..message(number, "") }
}

pub(super) async fn a_message_is_accepted_once_for_ever(store: Arc<dyn Store>) -> Outcome {
    same("new", &store.accept(&run(101, 1, "running"), &message(1, "a")).await?, &Some(1))?;
    same("another one", &store.accept(&run(102, 2, "running"), &message(2, "b")).await?, &Some(2))?;
    store.put_run(&run(101, 1, "completed"), &[]).await?;
    let again = run(101, 1, "running");
    same("again", &store.accept(&again, &message(1, "a")).await?, &None)?;
    let elsewhere = Memory { room: OTHER_ROOM, ..message(1, "a") };
    same("again, elsewhere", &store.accept(&again, &elsewhere).await?, &None)?;
    same("its run stays as it is", &store.run(id(101)).await?, &Some(run(101, 1, "completed")))?;
    store.delete_memories(&[id(1)]).await?;
    same("after it was deleted", &store.accept(&again, &message(1, "a")).await?, &None)?;
    same("nothing is written", &store.memories_by_id(&[id(1)]).await?, &vec![])?;
    same("nor its run", &store.run(id(101)).await?, &Some(run(101, 1, "completed")))?;
    same("its number", &store.accept(&run(103, 3, "running"), &message(3, "c")).await?, &Some(3))?;
    same("those that wait", &numbers(&store.unfinished().await?), &vec![2, 3])
}

pub(super) async fn of_many_who_send_a_message_one_is_heard(store: Arc<dyn Store>) -> Outcome {
    for number in 1..=10 {
        let sendings = (0..8_u128).map(|sender| {
            let store = Arc::clone(&store);
            let sent = run(1_000 * number + sender, number, "running");
            tokio::spawn(async move { store.accept(&sent, &message(number, "m")).await })
        });
        let mut heard = 0;
        for sending in sendings.collect::<Vec<_>>() {
            heard += usize::from(sending.await??.is_some());
        }
        same("how many were heard", &heard, &1)?;
    }
    same("runs", &store.runs(None, 100).await?.len(), &10)?;
    same("messages", &store.count_memories(&MemoryQuery::default()).await?, &10)
}

pub(super) async fn replies_wait_until_they_are_delivered(store: Arc<dyn Store>) -> Outcome {
    let waiting = async |source: &str| store.undelivered(source, 10).await.map(|waiting| numbers(&waiting));
    store.add_memories(&[reply(1, "chat")]).await?;
    same("before the outbox is opened", &waiting("chat").await?, &vec![])?;
    store.open_outbox("chat").await?;
    store.open_outbox("chat").await?;
    same("what was said before", &waiting("chat").await?, &vec![])?;

    let asked = Memory { content: reply(0, "chat").content, ..message(2, "") };
    let result = Memory { kind: MemoryKind::ActionResult, ..reply(3, "chat") };
    store.add_memories(&[asked, result, reply(9, "chat"), reply(4, "mail"), reply(5, "chat")]).await?;
    store.put_run(&run(101, 2, "completed"), &[reply(6, "chat"), reply(5, "chat")]).await?;
    same("in the order of adding", &waiting("chat").await?, &vec![9, 5, 6])?;
    same("of another source", &waiting("mail").await?, &vec![])?;
    let first = store.undelivered("chat", 1).await?;
    same("the first one, whole", &first, &store.memories_by_id(&[id(9)]).await?)?;

    store.delivered(&[id(5), id(77), id(5)]).await?;
    store.delivered(&[]).await?;
    same("one is delivered", &waiting("chat").await?, &vec![9, 6])?;
    store.add_memories(&[reply(5, "chat")]).await?;
    same("written again it does not wait", &waiting("chat").await?, &vec![9, 6])?;
    store.delete_memories(&[id(9)]).await?;
    same("what is deleted does not wait", &waiting("chat").await?, &vec![6])?;
    store.close_outbox("chat").await?;
    store.add_memories(&[reply(7, "chat")]).await?;
    store.close_outbox("mail").await?;
    same("closed", &waiting("chat").await?, &vec![])
}

pub(super) async fn what_was_said_before_is_neither_answered_nor_delivered(store: Arc<dyn Store>) -> Outcome {
    store.open_outbox("chat").await?;
    same("nothing", &store.add_history(&[]).await?, &vec![])?;
    store.add_memories(&[message(1, "known")]).await?;
    let past = [message(1, "known"), message(2, "a"), reply(3, "chat"), message(4, "b")];
    let added = store.add_history(&past).await?;
    same("numbers", &added, &vec![(1, false), (2, true), (3, true), (4, true)])?;
    same("again", &store.add_history(&past[1..3]).await?, &vec![(2, false), (3, false)])?;
    same("what waits is what waited", &numbers(&store.unfinished().await?), &vec![1])?;
    same("nothing goes out", &store.undelivered("chat", 10).await?, &vec![])?;
    let talk = store.snapshot(super::ROOM, crate::store::Window::newest(9)).await?.history;
    same("it is remembered", &numbers(&talk), &vec![1, 2, 3, 4])?;
    let late = store.accept(&run(102, 2, "running"), &message(2, "a")).await?;
    same("it is not received anew", &late, &None)
}
