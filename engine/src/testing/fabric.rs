//! What every [`Fabric`] that is shared must do, as checks that a storage plugin runs in its own tests.

use super::store::AGENT;
use crate::{
    fabric::{Claim, Fabric, Hint, Lease},
    memory::{Content, Memory, MemoryKind},
    store::{Store, StoreError, StoredRun},
};
use serde_json::{Value, json};
use std::{error::Error, fmt::Debug, sync::Arc, time::Duration};
use uuid::Uuid;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

const ROOM: Uuid = Uuid::from_u128(0x4001);
const OTHER_ROOM: Uuid = Uuid::from_u128(0x4002);

/// How long something may take to reach the other process.
const PATIENCE: Duration = Duration::from_secs(5);

/// One of two processes that open the same storage for the same agent.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its storage.
    pub store: Arc<dyn Store>,
    /// Its fabric.
    pub fabric: Arc<dyn Fabric>,
}

impl Process {
    /// A process that has opened a storage.
    ///
    /// # Errors
    /// If the storage offers no fabric.
    pub fn of(store: Arc<dyn Store>) -> Result<Self, String> {
        let fabric = store.fabric().ok_or("the storage offers no fabric")?;
        Ok(Self { store, fabric })
    }
}

/// What the fabric under test can do beyond what all must.
#[derive(Clone, Copy, Debug)]
pub struct Abilities {
    /// How long a lease lasts that is not renewed; `None` if it lasts as long as its process.
    pub lease: Option<Duration>,
    /// Hints reach the other process.
    pub tells: bool,
}

/// Checks two processes on one storage to which nothing was written, opened for the agent [`AGENT`].
///
/// # Errors
/// The first thing that is not as it must be.
pub async fn suite(one: Process, two: Process, abilities: Abilities) -> Result<(), String> {
    let place = one.fabric.description();
    let told = |what: &str, why: &dyn std::fmt::Display| format!("{place}, {what}: {why}");
    a_room_has_one_holder(&one, &two).await.map_err(|why| told("a room has one holder", &why))?;
    of_many_claims_one_wins(&one, &two).await.map_err(|why| told("of many claims one wins", &why))?;
    queues_are_in_order(&one, &two).await.map_err(|why| told("queues are in order", &why))?;
    if abilities.tells {
        hints_arrive(&one, &two).await.map_err(|why| told("hints arrive", &why))?;
    }
    if let Some(lease) = abilities.lease {
        the_silent_are_fenced_off(&one, &two, lease).await.map_err(|why| told("the silent lose", &why))?;
    }
    who_leaves_holds_nothing(&one, &two).await.map_err(|why| told("who leaves holds nothing", &why))
}

async fn a_room_has_one_holder(one: &Process, two: &Process) -> Outcome {
    one.fabric.beat().await?;
    let beat = two.fabric.beat().await?;
    same("others", &beat.others, &1)?;
    let members = one.fabric.members().await?;
    same("members", &members.len(), &2)?;
    same("one is this", &members.iter().filter(|member| member.is_this).count(), &1)?;

    let first = held(one, ROOM).await?;
    same("again", &held(one, ROOM).await?, &first)?;
    same("the other", &is_elsewhere(two, ROOM).await?, &true)?;
    same("another room", &held(two, OTHER_ROOM).await?.room, &OTHER_ROOM)?;
    same("its holder", &is_elsewhere(one, OTHER_ROOM).await?, &true)
}

async fn of_many_claims_one_wins(one: &Process, two: &Process) -> Outcome {
    for number in 0..40 {
        let room = Uuid::from_u128(0x5000 + number);
        let (first, second) = tokio::join!(one.fabric.claim(room), two.fabric.claim(room));
        let held = [first?, second?].iter().filter(|claim| matches!(claim, Claim::Held(_))).count();
        same("holders", &held, &1)?;
    }
    Ok(())
}

async fn queues_are_in_order(one: &Process, two: &Process) -> Outcome {
    let waiting = |number: u128, room| accept(number, room, "running");
    for (process, number) in [(one, 1), (two, 2), (one, 3)] {
        let (run, message) = waiting(number, ROOM);
        process.store.put_run(&run, &[message]).await?;
    }
    let (run, message) = waiting(4, OTHER_ROOM);
    one.store.put_run(&run, &[message]).await?;
    let (_, nobody_waits) = waiting(5, ROOM);
    one.store.add_memories(&[nobody_waits]).await?;

    let queue = async |process: &Process, most| -> Result<Vec<u128>, StoreError> {
        let queue = process.fabric.queue(ROOM, most).await?;
        Ok(queue.iter().map(|run| run.message.as_u128()).collect())
    };
    same("the queue", &queue(one, 10).await?, &vec![1, 2, 3])?;
    same("its beginning", &queue(two, 2).await?, &vec![1, 2])?;
    let (over, _) = accept(1, ROOM, "completed");
    let (asks, _) = accept(2, ROOM, "waiting");
    same("a turn asks", &two.store.change_run(&asks, "running").await?, &true)?;
    same("who comes late", &one.store.change_run(&asks, "running").await?, &false)?;
    one.store.put_run(&over, &[]).await?;
    same("what is left", &queue(one, 10).await?, &vec![3])?;
    // Held by the other one, who lives.
    same("rooms to work on", &two.fabric.beat().await?.waiting.contains(&ROOM), &false)
}

async fn hints_arrive(one: &Process, two: &Process) -> Outcome {
    for hint in [
        Hint::Waits { room: ROOM },
        Hint::Event { name: "TOLD".to_owned(), payload: json!({ "text": "grüße 🦀 'quoted'" }) },
    ] {
        one.fabric.tell(hint.clone()).await?;
        let heard = tokio::time::timeout(PATIENCE, two.fabric.heard()).await;
        same("heard", &heard.ok(), &Some(hint))?;
    }
    let own = tokio::time::timeout(Duration::from_millis(200), one.fabric.heard()).await;
    same("its own", &own.ok(), &None)
}

async fn the_silent_are_fenced_off(one: &Process, two: &Process, lease: Duration) -> Outcome {
    let lost = held(one, ROOM).await?;
    let fenced = one.store.fenced(lost).ok_or("leases end, so the store must refuse what comes late")?;
    let (run, message) = accept(10, ROOM, "running");
    fenced.put_run(&run, std::slice::from_ref(&message)).await?;

    tokio::time::sleep(lease + Duration::from_millis(100)).await;
    let beat = two.fabric.beat().await?;
    same("the room is free", &beat.waiting.contains(&ROOM), &true)?;
    same("nobody else lives", &beat.others, &0)?;
    let taken = held(two, ROOM).await?;
    same("the fence is higher", &(taken.fence > lost.fence), &true)?;

    let (late, said) = accept(11, ROOM, "completed");
    let refused = fenced.put_run(&late, std::slice::from_ref(&said)).await;
    same("a late run", &matches!(refused, Err(StoreError::Fenced { .. })), &true)?;
    let refused = fenced.add_memories(std::slice::from_ref(&said)).await;
    same("a late memory", &matches!(refused, Err(StoreError::Fenced { .. })), &true)?;
    same("nothing was kept", &one.store.memories_by_id(&[said.id]).await?, &Vec::new())?;
    same("nor the run", &one.store.run(late.id).await?, &None)?;

    let beat = one.fabric.beat().await?;
    same("it learns of it", &beat.lost.contains(&lost), &true)?;
    same("the new holder keeps it", &is_elsewhere(one, ROOM).await?, &true)?;
    let current = two.store.fenced(taken).ok_or("the new lease")?;
    current.put_run(&late, std::slice::from_ref(&said)).await?;
    let written = two.store.memories_by_id(&[said.id]).await?;
    same("the new holder writes", &written.len(), &1)
}

async fn who_leaves_holds_nothing(one: &Process, two: &Process) -> Outcome {
    for process in [two, one] {
        process.fabric.beat().await?;
    }
    let room = Uuid::from_u128(0x6000);
    held(two, room).await?;
    two.fabric.leave().await?;
    two.fabric.leave().await?;
    // What a process knows of the others may be as old as its last beat but one.
    let begun = std::time::Instant::now();
    while one.fabric.beat().await?.others > 0 && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    same("it is gone", &one.fabric.beat().await?.others, &0)?;
    for room in [room, OTHER_ROOM] {
        held(one, room).await?;
    }
    one.fabric.leave().await?;
    Ok(())
}

async fn held(process: &Process, room: Uuid) -> Result<Lease, Box<dyn Error + Send + Sync>> {
    match process.fabric.claim(room).await? {
        Claim::Held(lease) => Ok(lease),
        elsewhere @ Claim::Elsewhere { .. } => Err(format!("{room} is {elsewhere:?}").into()),
    }
}

async fn is_elsewhere(process: &Process, room: Uuid) -> Result<bool, StoreError> {
    Ok(matches!(process.fabric.claim(room).await?, Claim::Elsewhere { .. }))
}

/// A message that was accepted, and the run about it.
fn accept(number: u128, room: Uuid, status: &str) -> (StoredRun, Memory) {
    let message = Memory {
        id: Uuid::from_u128(number),
        kind: MemoryKind::Message,
        agent: AGENT,
        entity: Uuid::from_u128(0xE001),
        room,
        world: None,
        at: jiff::Timestamp::UNIX_EPOCH,
        sequence: 0,
        content: Content::text("hello"),
        metadata: Value::Null,
    };
    let run = StoredRun {
        id: Uuid::from_u128(1_000 + number),
        room,
        message: message.id,
        status: status.to_owned(),
        at: message.at,
        record: json!({ "status": status }),
    };
    (run, message)
}

fn same<T: PartialEq + Debug>(what: &str, got: &T, wanted: &T) -> Outcome {
    if got == wanted { Ok(()) } else { Err(format!("{what}: expected {wanted:?}, got {got:?}").into()) }
}
