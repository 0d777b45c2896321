//! Many writers at once, and many records at once.

use super::{Outcome, ROOM, id, message, numbers, same, sorted};
use crate::{
    memory::Memory,
    store::{MemoryQuery, Store},
};
use std::{collections::BTreeSet, sync::Arc};

pub(super) async fn concurrent_writers_leave_no_gaps(store: Arc<dyn Store>) -> Outcome {
    let writers: Vec<_> = (1..=100_u128)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                store.add_memories(&[message(number, "x"), message(number + 1_000, "y")]).await
            })
        })
        .collect();
    let mut given = BTreeSet::new();
    for writer in writers {
        let pair: Vec<i64> = writer.await??.into_iter().map(|(sequence, _)| sequence).collect();
        same("a pair stays together", &(pair[1] - pair[0]), &1)?;
        given.extend(pair);
    }
    same("numbers given", &given, &(1..=200).collect())?;
    let query = MemoryQuery { room: Some(ROOM), limit: 1_000, ..MemoryQuery::default() };
    let stored: Vec<i64> = store.memories(&query).await?.iter().map(|memory| memory.sequence).collect();
    same("numbers stored", &stored, &(1..=200).collect())
}

pub(super) async fn one_id_written_by_many_is_one_memory(store: Arc<dyn Store>) -> Outcome {
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.add_memories(&[message(1, "same")]).await })
        })
        .collect();
    let mut fresh = 0;
    for writer in writers {
        let answer = writer.await??;
        same("its number", &answer[0].0, &1)?;
        fresh += usize::from(answer[0].1);
    }
    same("writers to whom it was new", &fresh, &1)
}

pub(super) async fn large_batches_pass(store: Arc<dyn Store>) -> Outcome {
    let batch: Vec<Memory> = (1..=2_000).map(|number| message(number, "x")).collect();
    same("added", &store.add_memories(&batch).await?.len(), &2_000)?;
    // More ids than a database takes parameters in one statement.
    let ids: Vec<_> = (1..=40_000).map(id).collect();
    let found = sorted(numbers(&store.memories_by_id(&ids).await?));
    same("found", &found, &(1..=2_000).collect())?;
    same("entities found", &store.entities(&ids).await?.len(), &0)?;
    store.add_participants(ROOM, &ids).await?;
    store.remove_participants(ROOM, &ids).await?;
    same("deleted", &store.delete_memories(&ids).await?, &2_000)
}
