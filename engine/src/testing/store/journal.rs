//! Effects under way, runs that were set aside, turns to look back at.

use super::{AGENT, Outcome, at, id, message, numbers, run, same};
use crate::{
    memory::Memory,
    store::{Effect, Store, StoredRun},
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn effect(run: u128, step: u32, result: Option<Value>) -> Effect {
    Effect {
        run: id(run),
        step,
        key: id(run * 1_000 + u128::from(step)),
        action: "PAY".to_owned(),
        arguments: json!({ "z": 1, "a": [null, "ü\u{0}🦀"] }).as_object().cloned().unwrap_or_default(),
        at: at(3),
        result,
        micros: 12,
    }
}

pub(super) async fn effects_are_kept_until_their_run_is_over(store: Arc<dyn Store>) -> Outcome {
    same("none", &store.effects(id(101)).await?, &vec![])?;
    store.put_effects(&[], None).await?;
    let said = Memory { entity: AGENT, ..message(2, "I pay.") };
    store.add_memories(&[message(1, "pay")]).await?;
    // The plan, what is said with it and the first intent are one write.
    store.put_effects(&[effect(101, 1, None)], Some((&run(101, 1, "running"), &[said]))).await?;
    same("the run", &store.run(id(101)).await?, &Some(run(101, 1, "running")))?;
    same("what was said", &numbers(&store.memories_by_id(&[id(2)]).await?), &vec![2])?;
    same("the intent", &store.effects(id(101)).await?, &vec![effect(101, 1, None)])?;
    // The result of a step and the intent of the next one, too.
    let paid = effect(101, 1, Some(json!({ "success": true, "text": "paid" })));
    store
        .put_effects(&[paid.clone(), effect(101, 12, None), effect(102, 1, Some(Value::Bool(true)))], None)
        .await?;
    same("by step", &store.effects(id(101)).await?, &vec![paid.clone(), effect(101, 12, None)])?;
    let key = store
        .effects(id(101))
        .await?
        .first()
        .map(|effect| Value::Object(effect.arguments.clone()).to_string());
    same("arguments", &key, &Some(Value::Object(paid.arguments.clone()).to_string()))?;

    for status in ["running", "waiting", "parked"] {
        store.put_run(&run(101, 1, status), &[]).await?;
        same(status, &store.effects(id(101)).await?.len(), &2)?;
    }
    store.put_run(&run(101, 1, "completed"), &[]).await?;
    same("of a run that is over", &store.effects(id(101)).await?, &vec![])?;
    same("of another one", &store.effects(id(102)).await?.len(), &1)
}

pub(super) async fn parked_runs_are_read_and_not_taken_up(store: Arc<dyn Store>) -> Outcome {
    store.add_memories(&[message(1, "a"), message(2, "b"), message(3, "c")]).await?;
    same("none", &store.parked().await?, &vec![])?;
    let later = StoredRun { at: at(5), ..run(101, 1, "parked") };
    store.put_run(&later, &[]).await?;
    store.put_run(&run(102, 2, "parked"), &[]).await?;
    store.put_run(&run(103, 3, "running"), &[]).await?;
    same("the oldest first", &store.parked().await?, &vec![run(102, 2, "parked"), later.clone()])?;
    same("not taken up", &numbers(&store.unfinished().await?), &vec![3])?;
    same("nor waiting", &store.waiting().await?, &vec![])?;
    same(
        "nor finished",
        &(later.is_finished(), later.is_parked(), later.is_at_rest()),
        &(false, true, true),
    )?;
    store.put_run(&run(102, 2, "running"), &[]).await?;
    same("requeued", &numbers(&store.unfinished().await?), &vec![2, 3])?;
    store.put_run(&run(101, 1, "cancelled"), &[]).await?;
    same("discarded", &numbers(&store.unfinished().await?), &vec![2, 3])?;
    same("none is left", &store.parked().await?, &vec![])
}

pub(super) async fn turns_wait_to_be_looked_back_at(store: Arc<dyn Store>) -> Outcome {
    let due = |number, seconds, left: u32| StoredRun {
        at: at(seconds),
        record: json!({ "status": "completed", "look-back": left }),
        ..run(number, number, "completed")
    };
    for run in [due(1, 20, 3), due(2, 10, 1), due(3, 0, 0), run(4, 4, "completed")] {
        store.put_run(&run, &[]).await?;
    }
    same("the oldest first", &store.to_look_back(10).await?, &vec![due(2, 10, 1), due(1, 20, 3)])?;
    same("one", &store.to_look_back(1).await?, &vec![due(2, 10, 1)])?;
    store.put_run(&due(2, 10, 0), &[]).await?;
    let ids: Vec<Uuid> = store.to_look_back(10).await?.into_iter().map(|run| run.id).collect();
    same("the other one", &ids, &vec![id(1)])
}
