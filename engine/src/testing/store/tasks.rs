//! Tasks: one who claims, and the order of what is next.

use super::{Outcome, at, id, same};
use crate::{
    store::{Store, StoredTask, TaskState},
    task::Schedule,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

pub(super) fn task(number: u128, due: i64) -> StoredTask {
    StoredTask {
        id: id(number),
        plugin: "weather".to_owned(),
        name: "WARN".to_owned(),
        arguments: json!({ "z": 1, "a": [null, "ü\u{0}🦀"] }),
        schedule: Schedule::Once,
        declared: false,
        state: TaskState::Waiting,
        due: at(due),
        not_before: None,
        attempts: 0,
        claimed_until: None,
        last_run: None,
        last_error: None,
        room: None,
        world: None,
        tags: Vec::new(),
        created: at(0),
        revision: 0,
    }
}

fn full(number: u128) -> StoredTask {
    StoredTask {
        schedule: Schedule::Cron {
            expression: "0 9 * * 1-5".to_owned(),
            timezone: "Europe/Paris".to_owned(),
        },
        declared: true,
        state: TaskState::Running,
        not_before: Some(at(7)),
        attempts: 3,
        claimed_until: Some(at(60)),
        last_run: Some(at(-1)),
        last_error: Some("no connection".to_owned()),
        room: Some(id(8)),
        world: Some(id(9)),
        tags: vec!["queue".to_owned(), String::new()],
        ..task(number, 5)
    }
}

pub(super) async fn a_task_comes_back_whole(store: Arc<dyn Store>) -> Outcome {
    let every = StoredTask { schedule: Schedule::Every(Duration::from_millis(1_500)), ..task(2, 100) };
    for wanted in [full(1), every] {
        same("it is new", &store.add_task(&wanted).await?, &true)?;
        same("one task", &store.task(wanted.id).await?, &Some(wanted.clone()))?;
        let again = StoredTask { attempts: 9, ..wanted.clone() };
        same("it is there already", &store.add_task(&again).await?, &false)?;
        same("it stays as it was", &store.task(wanted.id).await?, &Some(wanted))?;
    }
    let back = store.task(id(1)).await?.map(|task| task.arguments.to_string());
    same("arguments", &back, &Some(full(1).arguments.to_string()))?;
    same("an unknown one", &store.task(id(99)).await?, &None)
}

pub(super) async fn tasks_are_read_by_what_is_next(store: Arc<dyn Store>) -> Outcome {
    let over = |number, state| StoredTask { state, ..task(number, 0) };
    let tasks = [
        over(1, TaskState::Done),
        task(2, 30),
        StoredTask { not_before: Some(at(40)), ..task(3, 10) },
        task(5, 20),
        task(4, 20),
        StoredTask { claimed_until: Some(at(15)), ..over(6, TaskState::Running) },
        over(7, TaskState::Suspended),
        task(8, -5),
    ];
    for task in &tasks {
        store.add_task(task).await?;
    }
    for (limit, wanted) in [(usize::MAX, vec![8, 6, 4, 5, 2, 3, 1, 7]), (3, vec![8, 6, 4]), (0, vec![])] {
        let read: Vec<u128> = store.tasks(limit).await?.iter().map(|task| task.id.as_u128()).collect();
        same(&format!("{limit} tasks"), &read, &wanted)?;
    }
    Ok(())
}

pub(super) async fn only_who_read_it_last_writes_a_task(store: Arc<dyn Store>) -> Outcome {
    store.add_task(&task(1, 10)).await?;
    let claimed = StoredTask { state: TaskState::Running, claimed_until: Some(at(70)), ..task(1, 10) };
    same("the first", &store.put_task(&claimed).await?, &true)?;
    same("a second who read it before", &store.put_task(&task(1, 20)).await?, &false)?;
    let stored = StoredTask { revision: 1, ..claimed };
    same("stored", &store.task(id(1)).await?, &Some(stored.clone()))?;
    let over = StoredTask { state: TaskState::Done, claimed_until: None, ..stored };
    same("who holds it", &store.put_task(&over).await?, &true)?;
    same("an unknown one", &store.put_task(&task(2, 10)).await?, &false)?;
    same("all", &store.tasks(10).await?, &vec![StoredTask { revision: 2, ..over }])
}

pub(super) async fn of_many_who_claim_a_task_one_does(store: Arc<dyn Store>) -> Outcome {
    for number in 1..=10 {
        store.add_task(&task(number, 0)).await?;
        let claims = (1..=8).map(|claimant| {
            let store = Arc::clone(&store);
            let claim = StoredTask { state: TaskState::Running, attempts: claimant, ..task(number, 0) };
            tokio::spawn(async move { store.put_task(&claim).await })
        });
        let mut won = 0;
        for claim in claims.collect::<Vec<_>>() {
            won += usize::from(claim.await??);
        }
        same("how many claimed it", &won, &1)?;
    }
    Ok(())
}

pub(super) async fn a_deleted_task_is_gone(store: Arc<dyn Store>) -> Outcome {
    store.add_task(&task(1, 0)).await?;
    same("there was one", &store.delete_task(id(1)).await?, &true)?;
    same("there is none", &store.delete_task(id(1)).await?, &false)?;
    same("it is not written any more", &store.put_task(&task(1, 0)).await?, &false)?;
    same("none", &store.tasks(10).await?, &Vec::new())?;
    same("its id is free", &store.add_task(&task(1, 5)).await?, &true)
}
