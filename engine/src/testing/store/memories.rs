//! Adding, finding and deleting memories.

use super::{AGENT, OTHER_ROOM, Outcome, ROOM, USER, id, message, numbers, run, same};
use crate::{
    memory::{Memory, MemoryKind},
    store::{MemoryQuery, Store},
};
use std::sync::Arc;

pub(super) async fn sequences_follow_the_order_of_adding(store: Arc<dyn Store>) -> Outcome {
    let elsewhere = Memory { room: OTHER_ROOM, ..message(3, "c") };
    let batch = [message(1, "a"), message(2, "b"), elsewhere.clone()];
    same("numbers of a batch", &store.add_memories(&batch).await?, &vec![(1, true), (2, true), (1, true)])?;
    same("number of the next", &store.add_memories(&[message(4, "d")]).await?, &vec![(3, true)])?;
    same("an empty batch", &store.add_memories(&[]).await?, &vec![])?;

    let of_room = |room| MemoryQuery { room: Some(room), ..MemoryQuery::default() };
    let wanted: Vec<Memory> = [(1, "a"), (2, "b"), (4, "d")]
        .into_iter()
        .zip(1..)
        .map(|((number, text), sequence)| Memory { sequence, ..message(number, text) })
        .collect();
    same("the room", &store.memories(&of_room(ROOM)).await?, &wanted)?;
    let wanted = vec![Memory { sequence: 1, ..elsewhere }];
    same("the other room", &store.memories(&of_room(OTHER_ROOM)).await?, &wanted)?;
    same("all rooms", &numbers(&store.memories(&MemoryQuery::default()).await?), &vec![1, 2, 3, 4])
}

pub(super) async fn an_id_twice_is_one_memory(store: Arc<dyn Store>) -> Outcome {
    let batch = [message(1, "first"), message(1, "again"), message(2, "next")];
    same("in a batch", &store.add_memories(&batch).await?, &vec![(1, true), (1, false), (2, true)])?;
    let elsewhere = Memory { room: OTHER_ROOM, ..message(1, "elsewhere") };
    same("later", &store.add_memories(&[elsewhere, message(3, "end")]).await?, &vec![(1, false), (3, true)])?;
    let wanted = vec![Memory { sequence: 1, ..message(1, "first") }];
    same("what stays", &store.memories_by_id(&[id(1), id(1)]).await?, &wanted)?;
    same("how many", &store.count_memories(&MemoryQuery::default()).await?, &3)
}

pub(super) async fn a_batch_is_all_or_nothing(store: Arc<dyn Store>) -> Outcome {
    // A store may refuse another agent's memory; then nothing of the batch may stay.
    let stranger = Memory { agent: id(0xBAD), ..message(2, "not mine") };
    let batch = [message(1, "mine"), stranger];
    let added = store.add_memories(&batch).await.is_ok();
    let wanted = if added { 2 } else { 0 };
    same("memories after a batch", &store.count_memories(&MemoryQuery::default()).await?, &wanted)?;

    let batch = batch.map(|memory| Memory { id: id(memory.id.as_u128() + 10), ..memory });
    let added = store.put_run(&run(100, 11, "completed"), &batch).await.is_ok();
    let wanted = if added { (1, wanted + 2) } else { (0, wanted) };
    let count = store.count_memories(&MemoryQuery::default()).await?;
    same("runs and memories after a run", &(store.runs(None, 10).await?.len(), count), &wanted)
}

pub(super) async fn every_filter_works(store: Arc<dyn Store>) -> Outcome {
    let fact = |number| Memory { kind: MemoryKind::Fact, entity: id(7), ..message(number, "a fact") };
    let custom = |name: &str| MemoryKind::Custom(name.to_owned());
    store
        .add_memories(&[
            message(1, "hello"),
            fact(2),
            Memory { room: OTHER_ROOM, ..message(3, "hello") },
            Memory { room: OTHER_ROOM, ..fact(4) },
            Memory { kind: custom("mood"), ..message(5, "fine") },
            Memory { entity: AGENT, ..message(6, "hello you") },
        ])
        .await?;
    let all = MemoryQuery::default;
    let table = [
        (all(), vec![1, 2, 3, 4, 5, 6]),
        (MemoryQuery { kind: Some(MemoryKind::Message), ..all() }, vec![1, 3, 6]),
        (MemoryQuery { kind: Some(custom("mood")), ..all() }, vec![5]),
        (MemoryQuery { kind: Some(custom("fact")), ..all() }, vec![2, 4]),
        (MemoryQuery { kind: Some(custom("unheard")), ..all() }, vec![]),
        (MemoryQuery { room: Some(ROOM), ..all() }, vec![1, 2, 5, 6]),
        (MemoryQuery { room: Some(id(0)), ..all() }, vec![]),
        (MemoryQuery { entity: Some(id(7)), ..all() }, vec![2, 4]),
        (MemoryQuery { before: Some(3), ..all() }, vec![1, 2, 3, 4]),
        (MemoryQuery { before: Some(3), room: Some(ROOM), ..all() }, vec![1, 2]),
        (MemoryQuery { containing: Some("hello".to_owned()), ..all() }, vec![1, 3, 6]),
        (MemoryQuery { limit: 2, ..all() }, vec![5, 6]),
        (
            MemoryQuery {
                kind: Some(MemoryKind::Message),
                room: Some(ROOM),
                entity: Some(USER),
                before: Some(4),
                containing: Some("ell".to_owned()),
                limit: 9,
            },
            vec![1],
        ),
    ];
    for (query, wanted) in table {
        same(&format!("{query:?}"), &numbers(&store.memories(&query).await?), &wanted)?;
        let whole = MemoryQuery { limit: usize::MAX, ..query.clone() };
        let count = store.memories(&whole).await?.len() as u64;
        same(&format!("count of {query:?}"), &store.count_memories(&query).await?, &count)?;
    }
    Ok(())
}

pub(super) async fn text_is_found_in_any_case_and_literally(store: Arc<dyn Store>) -> Outcome {
    let texts = [
        "Plain words",
        "100% sure",
        "snake_case",
        "it's Robert'); DROP TABLE memories;--",
        "ÄRGER in der Straße",
        "ΟΔΥΣΣΕΥΣ sails",
        "Привет, мир",
        "back\\slash and [a-z]* \"quotes\"",
        "nul\0inside",
        "🦀 crab",
    ];
    let batch: Vec<Memory> = texts.iter().zip(1..).map(|(text, number)| message(number, text)).collect();
    store.add_memories(&batch).await?;
    let table = [
        ("PLAIN", vec![1]),
        ("%", vec![2]),
        ("_", vec![3]),
        ("'", vec![4]),
        ("drop table", vec![4]),
        ("ärger", vec![5]),
        ("STRASSE", vec![5]),
        ("οδυσσευσ", vec![6]),
        ("Οδυσσεύς", vec![]),
        ("ς SAILS", vec![6]),
        ("ПРИВЕТ", vec![7]),
        ("\\S", vec![8]),
        ("[A-Z]*", vec![8]),
        ("\"QUOTES\"", vec![8]),
        ("inside", vec![9]),
        ("L\0I", vec![9]),
        ("🦀 CRAB", vec![10]),
        ("nowhere", vec![]),
        ("", (1..=10).collect()),
    ];
    for (part, wanted) in table {
        let query = MemoryQuery { containing: Some(part.to_owned()), ..MemoryQuery::default() };
        same(&format!("containing {part:?}"), &numbers(&store.memories(&query).await?), &wanted)?;
    }
    Ok(())
}

pub(super) async fn the_newest_are_read_oldest_first(store: Arc<dyn Store>) -> Outcome {
    let batch: Vec<Memory> = (1..=60).map(|number| message(number, "x")).collect();
    store.add_memories(&batch).await?;
    let table = [
        (50, None, (11..=60).collect::<Vec<u128>>()),
        (0, None, vec![]),
        (3, Some(31), vec![28, 29, 30]),
        (usize::MAX, Some(3), vec![1, 2]),
    ];
    for (limit, before, wanted) in table {
        for room in [None, Some(ROOM)] {
            let query = MemoryQuery { limit, before, room, ..MemoryQuery::default() };
            same(&format!("{query:?}"), &numbers(&store.memories(&query).await?), &wanted)?;
        }
    }
    Ok(())
}

pub(super) async fn what_is_deleted_is_gone_and_its_number_is_not_given_again(
    store: Arc<dyn Store>,
) -> Outcome {
    store.add_memories(&[message(1, "a"), message(2, "b"), message(3, "c")]).await?;
    same("how many there were", &store.delete_memories(&[id(2), id(3), id(3), id(99)]).await?, &2)?;
    same("once more", &store.delete_memories(&[id(2)]).await?, &0)?;
    same("what is left", &numbers(&store.memories(&MemoryQuery::default()).await?), &vec![1])?;
    same("found by id", &store.memories_by_id(&[id(3)]).await?, &vec![])?;
    let again = [message(4, "d"), message(3, "c again")];
    same("the next numbers", &store.add_memories(&again).await?, &vec![(4, true), (5, true)])?;
    same("nothing to delete", &store.delete_memories(&[]).await?, &0)
}

pub(super) async fn unknown_ids_are_no_error(store: Arc<dyn Store>) -> Outcome {
    let nobody = id(404);
    same("memories", &store.memories_by_id(&[nobody]).await?.len(), &0)?;
    same("no memories asked for", &store.memories_by_id(&[]).await?.len(), &0)?;
    same("entities", &store.entities(&[nobody]).await?.len(), &0)?;
    same("relationships", &store.relationships(nobody).await?.len(), &0)?;
    same("runs", &store.runs(Some(nobody), 5).await?.len(), &0)?;
    same("cache", &store.cache("unheard").await?, &None)?;
    store.delete_cache("unheard").await?;
    store.remove_participants(nobody, &[nobody]).await?;
    let snapshot = store.snapshot(nobody, crate::store::Window::newest(10)).await?;
    same("room", &snapshot.room, &None)?;
    same("world", &snapshot.world, &None)?;
    same("participants", &snapshot.participants.len(), &0)?;
    same("history", &snapshot.history.len(), &0)
}
