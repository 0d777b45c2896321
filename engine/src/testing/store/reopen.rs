//! What a durable store must still know after it was closed and opened again.

use super::{
    AGENT, OTHER_ROOM, Outcome, ROOM, USER,
    components::component,
    id,
    inbox::reply,
    journal::effect,
    message, numbers,
    places::{entity, relationship, room, world},
    run, same,
    scores::score,
    spending::{account, spending},
    tasks::task,
    tokens::token,
    values::full_memory,
};
use crate::{
    memory::{Attention, Memory},
    store::{MemoryQuery, ScoreQuery, Store, StoredTask},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// Writes one of everything, closes the store and opens it again, several times. `open` opens the same storage
/// each time, for the agent [`AGENT`], and finds it empty the first time.
///
/// # Errors
/// What was lost, changed or there too much.
pub async fn reopen_suite<F, Fut>(open: F) -> Result<(), String>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Store>>,
{
    let store = open().await;
    let place = store.description();
    let told = |step: &str, why: &dyn std::fmt::Display| format!("reopening {place}, {step}: {why}");
    write(&*store).await.map_err(|why| told("writing", &why))?;
    store.close().await.map_err(|why| told("closing", &why))?;
    drop(store);

    let store = open().await;
    read(&*store).await.map_err(|why| told("after closing", &why))?;
    // This time it is not closed, as when a program forgets to.
    drop(store);

    let store = open().await;
    read(&*store).await.map_err(|why| told("after dropping", &why))?;
    go_on(&*store).await.map_err(|why| told("going on", &why))?;
    store.close().await.map_err(|why| told("closing at the end", &why))
}

async fn write(store: &dyn Store) -> Outcome {
    let deleted = message(4, "deleted");
    store.add_memories(&[full_memory(1), message(2, "done"), message(3, "waits"), deleted]).await?;
    store.delete_memories(&[id(4)]).await?;
    store.put_worlds(&[world(1, "W")]).await?;
    store.put_rooms(&[room(ROOM, "R")]).await?;
    store.put_entities(&[entity(USER, "User"), entity(AGENT, "Agent")]).await?;
    store.add_participants(ROOM, &[USER, AGENT]).await?;
    store.set_attention(ROOM, Attention::Muted).await?;
    store.put_relationships(&[relationship(1, 10, 11)]).await?;
    store.put_components(&[component(1, "profile", (None, Some(9)))]).await?;
    store.set_cache("kept", &json!({ "b": 1, "a": 2 }), None).await?;
    store.set_cache("long", &json!(1), Some(Duration::from_secs(3_600))).await?;
    store.set_cache("over", &json!(1), Some(Duration::from_millis(1))).await?;
    let answer = Memory { entity: AGENT, ..message(5, "answer") };
    store.put_run(&run(1, 2, "completed"), &[answer]).await?;
    store.put_run(&run(2, 3, "running"), &[]).await?;
    store.add_task(&task(1, 5)).await?;
    store.put_task(&task(1, 7)).await?;
    store.add_scores(&[score(1, 1), score(2, 2)]).await?;
    same("spent", &store.spend(&[spending(account(), 7, Some(10))]).await?, &Ok(()))?;
    same("a token", &store.add_token(&token(1, "phone")).await?, &true)?;
    store.put_run(&run(3, 9, "waiting"), &[]).await?;
    store.put_effects(&[effect(2, 1, None)], None).await?;
    store.open_outbox("mail").await?;
    tokio::time::sleep(Duration::from_millis(10)).await;
    Ok(())
}

async fn read(store: &dyn Store) -> Outcome {
    same("a token", &store.token(&[1; 32]).await?, &Some(token(1, "phone")))?;
    same("what was spent", &store.spent(&[account()]).await?, &vec![7])?;
    let wanted = vec![
        Memory { sequence: 1, ..full_memory(1) },
        Memory { sequence: 2, ..message(2, "done") },
        Memory { sequence: 3, ..message(3, "waits") },
        Memory { sequence: 5, entity: AGENT, ..message(5, "answer") },
    ];
    same("memories", &store.memories(&MemoryQuery::default()).await?, &wanted)?;
    same("worlds", &store.worlds().await?, &vec![world(1, "W")])?;
    same("rooms", &store.rooms().await?, &vec![room(ROOM, "R")])?;
    let snapshot = store.snapshot(ROOM, crate::store::Window::newest(50)).await?;
    same("participants", &snapshot.participants, &vec![entity(AGENT, "Agent"), entity(USER, "User")])?;
    same("attention", &snapshot.attention, &Attention::Muted)?;
    same("history", &numbers(&snapshot.history), &vec![2, 3, 5])?;
    same("relationships", &store.relationships(id(11)).await?, &vec![relationship(1, 10, 11)])?;
    let components = store.components(&crate::store::ComponentQuery::default()).await?;
    same("components", &components, &vec![component(1, "profile", (None, Some(9)))])?;
    same(
        "cache",
        &store.cache("kept").await?.map(|it| it.to_string()),
        &Some("{\"b\":1,\"a\":2}".to_owned()),
    )?;
    same("cache for long", &store.cache("long").await?, &Some(json!(1)))?;
    same("cache that is over", &store.cache("over").await?, &None)?;
    same("tasks", &store.tasks(10).await?, &vec![StoredTask { revision: 1, ..task(1, 7) }])?;
    same("scores", &store.scores(&ScoreQuery::default()).await?, &vec![score(1, 1), score(2, 2)])?;
    let runs = vec![run(3, 9, "waiting"), run(2, 3, "running"), run(1, 2, "completed")];
    same("runs", &store.runs(None, 10).await?, &runs)?;
    same("effects", &store.effects(id(2)).await?, &vec![effect(2, 1, None)])?;
    same("a receipt", &store.accept(&run(9, 4, "running"), &message(4, "deleted")).await?, &None)?;
    same("waiting", &store.waiting().await?, &vec![run(3, 9, "waiting")])?;
    same("unfinished", &numbers(&store.unfinished().await?), &vec![3])
}

async fn go_on(store: &dyn Store) -> Outcome {
    let elsewhere = Memory { room: OTHER_ROOM, ..message(6, "elsewhere") };
    let added = store.add_memories(&[message(7, "next"), message(2, "known"), elsewhere]).await?;
    same("the next numbers", &added, &vec![(6, true), (2, false), (1, true)])?;
    store.put_run(&run(2, 3, "completed"), &[]).await?;
    same("effects of a run that is over", &store.effects(id(2)).await?, &vec![])?;
    store.add_memories(&[reply(8, "mail")]).await?;
    same("the outbox is open still", &numbers(&store.undelivered("mail", 9).await?), &vec![8])?;
    same("unfinished", &numbers(&store.unfinished().await?), &vec![7, 6])
}
