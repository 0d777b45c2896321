//! Lists, a page at a time.

use super::{AGENT, OTHER_ROOM, Outcome, ROOM, USER, at, id, message, numbers, run, same};
use crate::{
    memory::{Entity, Memory, MemoryKind, Room, RoomKind},
    store::{MemoryQuery, RoomPlace, RoomQuery, RunQuery, Store, StoredRun},
};
use serde_json::Map;
use std::sync::Arc;
use uuid::Uuid;

pub(super) async fn runs_are_listed_by_room_and_status_page_by_page(store: Arc<dyn Store>) -> Outcome {
    let later = |number, seconds, status| StoredRun { at: at(seconds), ..run(number, number, status) };
    let elsewhere = StoredRun { room: OTHER_ROOM, ..later(3, 20, "failed") };
    for run in [later(1, 10, "completed"), later(2, 30, "failed"), elsewhere, later(4, 10, "completed")] {
        store.put_run(&run, &[]).await?;
    }
    let all = RunQuery::default();
    let failed = RunQuery { status: Some("failed".to_owned()), ..all.clone() };
    let table = [
        (all.clone(), vec![2, 3, 4, 1]),
        (RunQuery { limit: 2, ..all.clone() }, vec![2, 3]),
        (RunQuery { limit: 2, before: Some(id(3)), ..all.clone() }, vec![4, 1]),
        (RunQuery { before: Some(id(4)), ..all.clone() }, vec![1]),
        (RunQuery { before: Some(id(1)), ..all.clone() }, vec![]),
        (RunQuery { before: Some(id(99)), ..all.clone() }, vec![]),
        (RunQuery { room: Some(ROOM), ..all.clone() }, vec![2, 4, 1]),
        (failed.clone(), vec![2, 3]),
        (RunQuery { room: Some(OTHER_ROOM), ..failed.clone() }, vec![3]),
        (RunQuery { before: Some(id(2)), ..failed }, vec![3]),
        (RunQuery { status: Some("nothing".to_owned()), ..all }, vec![]),
    ];
    for (query, wanted) in table {
        let runs: Vec<u128> = store.list_runs(&query).await?.iter().map(|run| run.id.as_u128()).collect();
        same(&format!("{query:?}"), &runs, &wanted)?;
    }
    Ok(())
}

fn room(number: u128) -> Room {
    Room {
        id: id(number),
        agent: AGENT,
        name: format!("room {number}"),
        kind: RoomKind::Dm,
        source: "api".to_owned(),
        world: None,
        metadata: Map::new(),
    }
}

pub(super) async fn rooms_are_listed_by_their_last_message(store: Arc<dyn Store>) -> Outcome {
    store.put_rooms(&[room(1), room(2), room(3), room(4)]).await?;
    store.add_participants(id(1), &[USER, AGENT]).await?;
    store.add_participants(id(3), &[USER]).await?;
    let said = |number: u128, room: u128, seconds| Memory {
        room: id(room),
        at: at(seconds),
        ..message(number, "said")
    };
    let fact = Memory { kind: MemoryKind::Fact, ..said(14, 1, 90) };
    store.add_memories(&[said(11, 1, 10), said(12, 2, 30), said(13, 1, 20), fact]).await?;
    let all = RoomQuery::default();
    let second = RoomPlace { last: Some(at(20)), room: id(1) };
    let table = [
        (all.clone(), vec![2, 1, 4, 3]),
        (RoomQuery { limit: 1, ..all.clone() }, vec![2]),
        (RoomQuery { before: Some(second), ..all.clone() }, vec![4, 3]),
        (RoomQuery { before: Some(RoomPlace { last: None, room: id(4) }), ..all.clone() }, vec![3]),
        (RoomQuery { entity: Some(USER), ..all.clone() }, vec![1, 3]),
        (RoomQuery { entity: Some(USER), before: Some(second), ..all.clone() }, vec![3]),
        (RoomQuery { entity: Some(id(99)), ..all.clone() }, vec![]),
    ];
    for (query, wanted) in table {
        let listed = store.list_rooms(&query).await?;
        let rooms: Vec<u128> = listed.iter().map(|listed| listed.room.id.as_u128()).collect();
        same(&format!("{query:?}"), &rooms, &wanted)?;
    }
    let first = store.list_rooms(&RoomQuery { limit: 2, ..all }).await?;
    same("a room comes back whole", &first.last().map(|listed| listed.room.clone()), &Some(room(1)))?;
    same("with the time", &first.last().and_then(|listed| listed.last), &Some(at(20)))
}

pub(super) async fn entities_and_memories_are_listed_page_by_page(store: Arc<dyn Store>) -> Outcome {
    let entity = |number| Entity { id: id(number), agent: AGENT, names: vec![], metadata: Map::new() };
    store.put_entities(&[entity(3), entity(1), entity(2)]).await?;
    let listed = async |after: Option<Uuid>, limit| {
        let entities = store.list_entities(after, limit).await;
        entities.map(|all| all.iter().map(|entity| entity.id.as_u128()).collect::<Vec<u128>>())
    };
    same("all entities", &listed(None, 10).await?, &vec![1, 2, 3])?;
    same("a page", &listed(None, 2).await?, &vec![1, 2])?;
    same("the next", &listed(Some(id(2)), 2).await?, &vec![3])?;

    let elsewhere = Memory { room: OTHER_ROOM, ..message(12, "b") };
    let fact = Memory { kind: MemoryKind::Fact, ..message(13, "c") };
    store.add_memories(&[message(11, "a"), elsewhere, fact, message(14, "d")]).await?;
    let all = MemoryQuery::default();
    let messages = MemoryQuery { kind: Some(MemoryKind::Message), ..all.clone() };
    let table = [
        (all.clone(), None, vec![14, 13, 12, 11]),
        (MemoryQuery { limit: 2, ..all.clone() }, Some(13), vec![12, 11]),
        (messages.clone(), Some(14), vec![12, 11]),
        (MemoryQuery { room: Some(ROOM), ..messages }, Some(14), vec![11]),
        (all.clone(), Some(11), vec![]),
        (all, Some(99), vec![]),
    ];
    for (query, before, wanted) in table {
        let found = numbers(&store.list_memories(&query, before.map(id)).await?);
        same(&format!("{query:?} before {before:?}"), &found, &wanted)?;
    }
    Ok(())
}
