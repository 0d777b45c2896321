//! Cache, runs, end.

use super::{AGENT, OTHER_ROOM, Outcome, ROOM, at, id, message, numbers, run, same};
use crate::{
    memory::{Memory, MemoryKind},
    store::{MemoryQuery, Store, StoredRun},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

pub(super) async fn cached_values_are_kept_replaced_and_deleted(store: Arc<dyn Store>) -> Outcome {
    store.set_cache("a", &json!({ "n": 1 }), None).await?;
    store.set_cache("A", &Value::Null, Some(Duration::MAX)).await?;
    same("a value", &store.cache("a").await?, &Some(json!({ "n": 1 })))?;
    same("null is a value", &store.cache("A").await?, &Some(Value::Null))?;
    store.set_cache("a", &json!(2), Some(Duration::from_secs(60))).await?;
    same("replaced", &store.cache("a").await?, &Some(json!(2)))?;
    store.delete_cache("a").await?;
    same("deleted", &store.cache("a").await?, &None)
}

pub(super) async fn cached_values_end(store: Arc<dyn Store>) -> Outcome {
    let short = Some(Duration::from_millis(5));
    store.set_cache("none", &json!(0), Some(Duration::ZERO)).await?;
    same("no time at all", &store.cache("none").await?, &None)?;
    store.set_cache("short", &json!(1), short).await?;
    store.set_cache("prolonged", &json!(2), short).await?;
    store.set_cache("prolonged", &json!(3), Some(Duration::from_secs(60))).await?;
    store.set_cache("kept", &json!(4), None).await?;
    store.set_cache("shortened", &json!(5), None).await?;
    store.set_cache("shortened", &json!(6), short).await?;
    tokio::time::sleep(Duration::from_millis(20)).await;
    for (key, wanted) in
        [("short", None), ("prolonged", Some(json!(3))), ("kept", Some(json!(4))), ("shortened", None)]
    {
        same(key, &store.cache(key).await?, &wanted)?;
    }
    // Many that ended must not push out those that did not.
    for number in 0..300 {
        store.set_cache(&format!("many {number}"), &json!(number), Some(Duration::ZERO)).await?;
    }
    same("kept among many", &store.cache("kept").await?, &Some(json!(4)))
}

pub(super) async fn runs_are_kept_with_their_memories(store: Arc<dyn Store>) -> Outcome {
    store.add_memories(&[message(1, "question")]).await?;
    store.put_run(&run(1, 1, "running"), &[]).await?;
    same("running", &store.runs(None, 10).await?, &vec![run(1, 1, "running")])?;
    let answer = [message(2, "answer"), message(1, "question again")];
    store.put_run(&run(1, 1, "completed"), &answer).await?;
    same("completed", &store.runs(None, 10).await?, &vec![run(1, 1, "completed")])?;
    let all = store.memories(&MemoryQuery::default()).await?;
    let texts: Vec<(i64, &str)> =
        all.iter().map(|memory| (memory.sequence, memory.content.text.as_str())).collect();
    same("memories", &texts, &vec![(1, "question"), (2, "answer")])
}

pub(super) async fn runs_are_read_newest_first(store: Arc<dyn Store>) -> Outcome {
    let later = |number, seconds| StoredRun { at: at(seconds), ..run(number, number, "completed") };
    let elsewhere = StoredRun { room: OTHER_ROOM, ..later(3, 20) };
    for run in [later(1, 10), later(2, 30), elsewhere, later(4, 10), later(5, -5)] {
        store.put_run(&run, &[]).await?;
    }
    same("one by its id", &store.run(id(4)).await?, &Some(later(4, 10)))?;
    same("an unknown id", &store.run(id(99)).await?, &None)?;
    // Written again, it keeps its place.
    store.put_run(&later(1, 10), &[]).await?;
    let table = [
        (None, 10, vec![2, 3, 4, 1, 5]),
        (None, 2, vec![2, 3]),
        (None, 0, vec![]),
        (Some(ROOM), usize::MAX, vec![2, 4, 1, 5]),
        (Some(ROOM), 1, vec![2]),
        (Some(OTHER_ROOM), 1, vec![3]),
    ];
    for (room, limit, wanted) in table {
        let runs: Vec<u128> = store.runs(room, limit).await?.iter().map(|run| run.id.as_u128()).collect();
        same(&format!("{limit} runs of {room:?}"), &runs, &wanted)?;
    }
    Ok(())
}

pub(super) async fn unfinished_messages_wait(store: Arc<dyn Store>) -> Outcome {
    let own = Memory { entity: AGENT, ..message(8, "said by the agent") };
    let fact = Memory { kind: MemoryKind::Fact, ..message(9, "a fact") };
    let mut batch: Vec<Memory> = (1..=7).map(|number| message(number, "m")).collect();
    batch[6].room = OTHER_ROOM;
    batch.extend([own, fact]);
    store.add_memories(&batch).await?;
    let unfinished = async || store.unfinished().await.map(|waiting| numbers(&waiting));
    same("without runs", &unfinished().await?, &vec![1, 2, 3, 4, 5, 6, 7])?;

    let statuses = ["completed", "failed", "timeout", "cancelled", "running", "interrupted"];
    for (status, number) in statuses.into_iter().zip(1..) {
        store.put_run(&run(100 + number, number, status), &[]).await?;
    }
    same("with runs", &unfinished().await?, &vec![5, 7])?;
    store.put_run(&run(206, 6, "running"), &[]).await?;
    same("a second run beside one that ended", &unfinished().await?, &vec![5, 7])?;
    store.put_run(&run(105, 5, "failed"), &[]).await?;
    same("the same run at its end", &unfinished().await?, &vec![7])?;

    store.put_run(&run(110, 10, "completed"), &[message(10, "in one write with its run")]).await?;
    store.put_run(&run(111, 11, "completed"), &[]).await?;
    store.add_memories(&[message(11, "written after its run"), message(12, "new")]).await?;
    same("runs before messages", &unfinished().await?, &vec![7, 12])?;
    store.delete_memories(&[id(7)]).await?;
    let wanted =
        vec![Memory { sequence: store.memories_by_id(&[id(12)]).await?[0].sequence, ..message(12, "new") }];
    same("a deleted message does not wait", &store.unfinished().await?, &wanted)
}

pub(super) async fn waiting_runs_are_read_and_not_taken_up(store: Arc<dyn Store>) -> Outcome {
    store.add_memories(&[message(1, "a"), message(2, "b"), message(3, "c")]).await?;
    same("none", &store.waiting().await?, &vec![])?;
    let later = StoredRun { at: at(5), room: OTHER_ROOM, ..run(101, 1, "waiting") };
    let record = json!({ "status": "waiting", "suspended": { "lines": ["said"] } });
    let earlier = StoredRun { record, ..run(102, 2, "waiting") };
    // The question is written with the run that waits.
    let question = Memory { entity: AGENT, ..message(4, "May I?") };
    store.put_run(&later, &[question]).await?;
    store.put_run(&earlier, &[]).await?;
    store.put_run(&run(103, 3, "running"), &[]).await?;
    same("the oldest first", &store.waiting().await?, &vec![earlier.clone(), later.clone()])?;
    same("a waiting run is not taken up", &numbers(&store.unfinished().await?), &vec![3])?;
    same("nor finished", &(later.is_finished(), later.is_waiting()), &(false, true))?;

    store.put_run(&StoredRun { status: "running".to_owned(), ..earlier }, &[]).await?;
    same("answered, it runs", &store.waiting().await?, &vec![later.clone()])?;
    same("and is taken up", &numbers(&store.unfinished().await?), &vec![2, 3])?;
    store.put_run(&StoredRun { status: "completed".to_owned(), ..later }, &[]).await?;
    same("none waits any more", &store.waiting().await?, &vec![])?;
    same("what ended is not taken up", &numbers(&store.unfinished().await?), &vec![2, 3])
}

pub(super) async fn it_closes_twice(store: Arc<dyn Store>) -> Outcome {
    store.add_memories(&[message(1, "x")]).await?;
    store.close().await?;
    store.close().await?;
    same("it has a description", &store.description().is_empty(), &false)
}
