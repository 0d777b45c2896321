//! Looking at a storage, keeping it small, and what it has about a person.

use super::{AGENT, OTHER_ROOM, Outcome, ROOM, USER, at, id, message, numbers, run, same};
use crate::{
    memory::{Entity, Memory, Relationship, Role, World},
    store::{
        ComponentKey, ComponentQuery, ComponentScope, Effect, Limit, Limits, MemoryQuery, NewVector, Score,
        ScoreQuery, SearchFilter, Space, Store, StoredComponent, StoredRun, Swept, text_hash,
    },
};
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

const OTHER: Uuid = Uuid::from_u128(0xE002);

fn score(number: u128, run: u128, seconds: i64) -> Score {
    Score {
        id: id(number),
        evaluator: "REFLECTION".to_owned(),
        run: id(run),
        room: ROOM,
        at: at(seconds),
        score: 0.5,
        passed: true,
        metadata: Value::Null,
    }
}

/// A run whose record is about so many bytes long.
fn large(number: u128, seconds: i64, status: &str, bytes: usize) -> StoredRun {
    StoredRun { at: at(seconds), record: json!("x".repeat(bytes)), ..run(100 + number, number, status) }
}

async fn runs(store: &Arc<dyn Store>) -> Result<Vec<u128>, crate::store::StoreError> {
    Ok(store.runs(None, 1_000).await?.iter().map(|run| run.id.as_u128() - 100).collect())
}

pub(super) async fn its_records_are_counted_and_in_order(store: Arc<dyn Store>) -> Outcome {
    store.add_memories(&[message(1, "a"), message(2, "b")]).await?;
    store.put_run(&run(101, 1, "completed"), &[]).await?;
    let status = store.status().await?;
    let count = |name: &str| status.records.get(name).copied();
    same("counts", &(count("memories"), count("runs"), count("scores")), &(Some(2), Some(1), Some(0)))?;
    same("its description", &status.description, &store.description())?;
    same("what is wrong", &store.check().await?, &Vec::new())
}

pub(super) async fn what_is_old_is_swept_and_what_waits_stays(store: Arc<dyn Store>) -> Outcome {
    let all: Vec<Memory> = (1..=7).map(|number| message(number, "m")).collect();
    store.add_memories(&all).await?;
    let statuses = ["completed", "failed", "running", "waiting", "completed", "parked"];
    for (status, number) in statuses.into_iter().zip(1_u8..) {
        let seconds = if number == 5 { 100 } else { i64::from(number) };
        store.put_run(&large(number.into(), seconds, status, 10), &[]).await?;
    }
    store.add_scores(&[score(1, 101, 1), score(2, 105, 100)]).await?;
    let old = Limit { before: Some(at(50)), bytes: None };
    let before = (numbers(&store.unfinished().await?), store.waiting().await?, store.parked().await?);
    let swept = store.sweep(&Limits { runs: old, scores: old, ..Limits::default() }).await?;
    same("what went", &swept, &Swept { runs: 2, scores: 1, cached: 0 })?;
    same("the runs that stay", &runs(&store).await?, &vec![5, 6, 4, 3])?;
    let scores = store.scores(&ScoreQuery::default()).await?;
    same("the scores that stay", &scores.iter().map(|score| score.id).collect(), &vec![id(2)])?;
    let after = (numbers(&store.unfinished().await?), store.waiting().await?, store.parked().await?);
    same("what was answered counts as answered, and what waits waits", &after, &before)?;
    same("no memory went", &store.count_memories(&MemoryQuery::default()).await?, &7)?;
    same(
        "twice is once",
        &store.sweep(&Limits { runs: old, scores: old, ..Limits::default() }).await?,
        &Swept::default(),
    )?;
    same("no limit", &store.sweep(&Limits::default()).await?, &Swept::default())
}

pub(super) async fn what_is_too_much_is_swept_oldest_first(store: Arc<dyn Store>) -> Outcome {
    for number in 1..=4 {
        store.put_run(&large(number, i64::try_from(number)?, "completed", 1_000), &[]).await?;
    }
    store.put_run(&large(5, 0, "waiting", 100_000), &[]).await?;
    for key in ["first", "second", "third"] {
        let ttl = Duration::from_secs(if key == "second" { 60 } else { 3_600 });
        store.set_cache(key, &json!("x".repeat(1_000)), Some(ttl)).await?;
    }
    let some = Limit { before: None, bytes: Some(2_500) };
    let swept = store.sweep(&Limits { runs: some, cache: some, ..Limits::default() }).await?;
    same("what went", &swept, &Swept { runs: 2, scores: 0, cached: 1 })?;
    same("the newest runs stay, and the one that waits", &runs(&store).await?, &vec![4, 3, 5])?;
    same("what ended first went", &store.cache("second").await?, &None)?;
    same("the others are there", &store.cache("third").await?.is_some(), &true)
}

fn component(entity: Uuid, source: Option<Uuid>) -> StoredComponent {
    let key = ComponentKey { entity, name: "mood".to_owned(), scope: ComponentScope { world: None, source } };
    StoredComponent { key, agent: AGENT, room: None, at: at(0), data: json!({ "is": "good" }) }
}

fn relationship(number: u128, source: Uuid, target: Uuid) -> Relationship {
    Relationship {
        id: id(number),
        agent: AGENT,
        source,
        target,
        tags: Vec::new(),
        metadata: Map::new(),
        at: at(0),
    }
}

fn effect(run: u128) -> Effect {
    Effect {
        run: id(run),
        step: 1,
        key: id(1_000 + run),
        action: "WRITE".to_owned(),
        arguments: Map::new(),
        at: at(0),
        result: None,
        micros: 0,
    }
}

fn space() -> Space {
    Space { model: "small".to_owned(), dimension: 2 }
}

fn vector(memory: u128, text: &str) -> NewVector {
    NewVector { memory: id(memory), hash: text_hash(text), vector: Some(vec![1.0, 0.0]) }
}

/// Two people in one room, with everything that there is about people.
async fn two_people(store: &Arc<dyn Store>) -> Outcome {
    let person =
        |id, name: &str| Entity { id, agent: AGENT, names: vec![name.to_owned()], metadata: Map::new() };
    store.put_entities(&[person(USER, "Grace"), person(OTHER, "Straße"), person(AGENT, "Ada")]).await?;
    store.add_participants(ROOM, &[USER, OTHER, AGENT]).await?;
    store.add_participants(OTHER_ROOM, &[USER]).await?;
    let others = Memory { entity: OTHER, ..message(2, "I am another one") };
    let answer = Memory { entity: AGENT, ..message(3, "Hello") };
    store.add_memories(&[message(1, "my secret"), others, answer]).await?;
    store.put_run(&run(101, 1, "completed"), &[]).await?;
    store.put_run(&run(102, 2, "completed"), &[]).await?;
    store.add_scores(&[score(1, 101, 0), score(2, 102, 0)]).await?;
    store.put_effects(&[effect(101), effect(102)], None).await?;
    store.put_vectors(&space(), &[vector(1, "my secret"), vector(2, "I am another one")]).await?;
    store
        .put_components(&[component(USER, None), component(OTHER, Some(USER)), component(OTHER, None)])
        .await?;
    store.put_relationships(&[relationship(1, USER, OTHER), relationship(2, AGENT, OTHER)]).await?;
    let roles = [(USER, Role::Owner), (OTHER, Role::Admin)].into();
    let (settings, metadata) = (Map::new(), Map::new());
    store
        .put_worlds(&[World { id: id(9), agent: AGENT, name: "here".to_owned(), roles, settings, metadata }])
        .await?;
    Ok(())
}

pub(super) async fn a_person_is_found_by_name_and_given_out(store: Arc<dyn Store>) -> Outcome {
    two_people(&store).await?;
    for (name, wanted) in [("grace", vec![USER]), ("STRASSE", vec![OTHER]), ("nobody", vec![])] {
        let found: Vec<Uuid> = store.entities_named(name).await?.iter().map(|entity| entity.id).collect();
        same(name, &found, &wanted)?;
    }
    let all = store.belongings(USER).await?;
    same("the entity", &all.entity.map(|entity| entity.id), &Some(USER))?;
    same("memories", &numbers(&all.memories), &vec![1])?;
    same("components", &all.components.len(), &2)?;
    same("relationships", &all.relationships.iter().map(|it| it.id).collect(), &vec![id(1)])?;
    same("rooms", &all.rooms, &vec![ROOM, OTHER_ROOM])?;
    same("runs", &all.runs.iter().map(|run| run.id).collect(), &vec![id(101)])?;
    same("effects", &all.effects, &vec![effect(101)])?;
    same("scores", &all.scores.iter().map(|score| score.id).collect(), &vec![id(1)])?;
    let unknown = store.belongings(id(77)).await?;
    same("somebody unknown", &(unknown.entity, unknown.memories.len()), &(None, 0))
}

pub(super) async fn who_is_erased_is_gone_and_others_stay(store: Arc<dyn Store>) -> Outcome {
    two_people(&store).await?;
    let erased = store.erase(USER).await?;
    let counted = (erased.entities, erased.memories, erased.components, erased.relationships);
    same("entities, memories, components, relationships", &counted, &(1, 1, 2, 1))?;
    let counted = (erased.rooms, erased.runs, erased.effects, erased.scores);
    same("rooms, runs, effects, scores", &counted, &(2, 1, 1, 1))?;
    let left = store.belongings(USER).await?;
    let counts = [
        left.memories.len(),
        left.components.len(),
        left.relationships.len(),
        left.rooms.len(),
        left.runs.len(),
        left.effects.len(),
        left.scores.len(),
    ];
    same("what is left", &(left.entity, counts), &(None, [0; 7]))?;
    same("what its turns were about to do", &store.effects(id(101)).await?, &Vec::new())?;
    let found = MemoryQuery { containing: Some("secret".to_owned()), ..MemoryQuery::default() };
    same("what is found", &store.memories(&found).await?, &Vec::new())?;
    let filter = SearchFilter::default();
    same("what is found by words", &store.search_words("secret", &filter, 10).await?, &Vec::new())?;
    let near = store.search_vectors(&space(), &[1.0, 0.0], &filter, 10).await?;
    same("what is near", &near.iter().map(|found| found.id).collect(), &vec![id(2)])?;
    let hashes = [text_hash("my secret"), text_hash("I am another one")];
    let vectors = store.vectors_of_texts(&space(), &hashes).await?;
    same("the vectors that stay", &vectors.iter().map(|(hash, _)| *hash).collect(), &vec![hashes[1]])?;
    let again = store.accept(&run(103, 1, "running"), &message(1, "my secret")).await?;
    same("a message that is sent again", &again, &None)?;
    same("roles", &store.worlds().await?[0].roles, &[(OTHER, Role::Admin)].into())?;

    same("the others' memories", &numbers(&store.memories(&MemoryQuery::default()).await?), &vec![2, 3])?;
    same("the others' components", &store.components(&ComponentQuery::default()).await?.len(), &1)?;
    same("the others' relationships", &store.relationships(OTHER).await?.len(), &1)?;
    same("the others' runs", &store.runs(None, 10).await?.len(), &1)?;
    same("the others' effects", &store.effects(id(102)).await?, &vec![effect(102)])?;
    same("the next number", &store.add_memories(&[message(4, "new")]).await?, &vec![(4, true)])?;
    let again = store.erase(USER).await?;
    same("what came later is erased too", &(again.memories, again.entities), &(1, 0))
}

pub(super) async fn what_a_deleted_message_led_to_is_its_authors(store: Arc<dyn Store>) -> Outcome {
    two_people(&store).await?;
    store.delete_memories(&[id(1), id(2)]).await?;
    let all = store.belongings(USER).await?;
    let ids: Vec<Uuid> = all.runs.iter().map(|run| run.id).collect();
    same("what is given out", &(ids, all.effects, all.scores.len()), &(vec![id(101)], vec![effect(101)], 1))?;
    let erased = store.erase(USER).await?;
    same("runs, effects, scores", &(erased.runs, erased.effects, erased.scores), &(1, 1, 1))?;
    same("the others' runs", &runs(&store).await?, &vec![2])?;
    let again = store.accept(&run(103, 1, "running"), &message(1, "my secret")).await?;
    same("a message that is sent again", &again, &None)?;
    // Whoever was erased is nobody: what comes to the id of the deleted message is not found by them.
    store.put_run(&run(104, 1, "completed"), &[]).await?;
    same("what is left", &store.belongings(USER).await?.runs.len(), &0)
}
