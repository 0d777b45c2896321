//! What every [`Store`] must do, as checks that a storage plugin runs in its own tests.
//!
//! ```text
//! #[tokio::test]
//! async fn behaves() {
//!     galatea::testing::store::suite(|| async { Arc::new(InMemory::new()) as Arc<dyn Store> }).await.unwrap();
//! }
//! ```

mod components;
mod crowds;
mod inbox;
mod journal;
mod listing;
mod memories;
mod others;
mod places;
mod reopen;
mod scores;
mod search;
mod spending;
mod tasks;
mod tokens;
mod upkeep;
mod values;

pub use reopen::reopen_suite;

use crate::{
    memory::{Content, Memory, MemoryKind},
    store::{Store, StoredRun},
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{error::Error, fmt, fmt::Debug, sync::Arc};
use uuid::Uuid;

/// The agent whose memories the checks write; open a store that serves one agent for this one.
pub const AGENT: Uuid = Uuid::from_u128(0xA6E7);

/// A named demand on a store.
pub struct Check {
    /// The demand in words, joined by `_`.
    pub name: &'static str,
    run: fn(Arc<dyn Store>) -> BoxFuture<'static, Outcome>,
}

impl Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Check {
    /// Runs it on a store that nothing was written to, and closes the store.
    ///
    /// # Errors
    /// What the store did and should have done.
    pub async fn run(&self, store: Arc<dyn Store>) -> Result<(), String> {
        let outcome = (self.run)(Arc::clone(&store)).await;
        outcome.map_err(|why| format!("check `{}` on {}: {why}", self.name, store.description()))?;
        store.close().await.map_err(|why| format!("closing after check `{}`: {why}", self.name))
    }
}

/// Runs all [`CHECKS`], each on a store of its own; `open` gives an empty one each time.
///
/// # Errors
/// The first check that failed, by name, and why.
pub async fn suite<F, Fut>(open: F) -> Result<(), String>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Arc<dyn Store>>,
{
    for check in CHECKS {
        check.run(open().await).await?;
    }
    Ok(())
}

macro_rules! checks {
    ($($module:ident: $($name:ident),+;)+) => {
        &[$($(Check { name: stringify!($name), run: |store| Box::pin($module::$name(store)) }),+),+]
    };
}

/// Everything that [`suite`] demands, in its order.
pub const CHECKS: &[Check] = checks! {
    memories: sequences_follow_the_order_of_adding, an_id_twice_is_one_memory, a_batch_is_all_or_nothing,
        every_filter_works, text_is_found_in_any_case_and_literally, the_newest_are_read_oldest_first,
        what_is_deleted_is_gone_and_its_number_is_not_given_again, unknown_ids_are_no_error;
    crowds: concurrent_writers_leave_no_gaps, one_id_written_by_many_is_one_memory, large_batches_pass;
    values: every_field_comes_back, odd_texts_come_back_or_are_refused, json_comes_back_byte_for_byte,
        edges_of_numbers_and_times_are_harmless;
    places: worlds_are_written_and_changed, rooms_are_written_and_changed, entities_are_written_and_changed,
        participants_come_and_go, attention_is_kept_by_room, a_snapshot_holds_what_a_turn_needs,
        relationships_are_found_from_both_sides_and_replaced;
    components: components_are_written_replaced_and_deleted, components_are_found_by_entity_name_and_scope;
    others: cached_values_are_kept_replaced_and_deleted, cached_values_end, runs_are_kept_with_their_memories,
        runs_are_read_newest_first, unfinished_messages_wait,
        waiting_runs_are_read_and_not_taken_up, it_closes_twice;
    journal: effects_are_kept_until_their_run_is_over, parked_runs_are_read_and_not_taken_up,
        turns_wait_to_be_looked_back_at;
    inbox: a_message_is_accepted_once_for_ever, of_many_who_send_a_message_one_is_heard,
        replies_wait_until_they_are_delivered, what_was_said_before_is_neither_answered_nor_delivered;
    tasks: a_task_comes_back_whole, tasks_are_read_by_what_is_next, only_who_read_it_last_writes_a_task,
        of_many_who_claim_a_task_one_does, a_deleted_task_is_gone;
    scores: scores_are_found_by_what_they_are, scores_are_added_once_and_all_or_none;
    spending: what_is_spent_is_added_up_by_account, what_would_exceed_a_limit_is_not_spent_at_all,
        of_many_who_spend_none_exceeds_the_limit;
    tokens: a_token_is_found_by_its_hash, names_and_hashes_of_tokens_are_unique, tokens_are_used_and_revoked;
    upkeep: its_records_are_counted_and_in_order, what_is_old_is_swept_and_what_waits_stays,
        what_is_too_much_is_swept_oldest_first, a_person_is_found_by_name_and_given_out,
        who_is_erased_is_gone_and_others_stay, what_a_deleted_message_led_to_is_its_authors;
    search: words_are_found_best_first, words_are_found_within_every_filter, vectors_are_found_nearest_first,
        what_lacks_a_vector_is_found, what_is_deleted_is_not_found, the_nearest_of_many_are_found;
    listing: runs_are_listed_by_room_and_status_page_by_page, rooms_are_listed_by_their_last_message,
        entities_and_memories_are_listed_page_by_page;
};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

fn same<T: PartialEq + Debug>(what: &str, got: &T, wanted: &T) -> Outcome {
    if got == wanted {
        return Ok(());
    }
    Err(format!("{what}: expected {}, got {}", shortened(wanted), shortened(got)).into())
}

fn shortened(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    if text.chars().count() <= 2_000 {
        text
    } else {
        text.chars().take(2_000).chain(" …".chars()).collect()
    }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A moment so many seconds after another one, with nanoseconds that must not be lost.
fn at(seconds: i64) -> Timestamp {
    Timestamp::new(1_700_000_000 + seconds, 123_456_789).unwrap_or_default()
}

const ROOM: Uuid = Uuid::from_u128(0x4001);
const OTHER_ROOM: Uuid = Uuid::from_u128(0x4002);
const USER: Uuid = Uuid::from_u128(0xE001);

fn message(number: u128, text: &str) -> Memory {
    Memory {
        id: id(number),
        kind: MemoryKind::Message,
        agent: AGENT,
        entity: USER,
        room: ROOM,
        world: None,
        at: at(0),
        sequence: 0,
        content: Content::text(text),
        metadata: Value::Null,
    }
}

fn run(number: u128, message: u128, status: &str) -> StoredRun {
    StoredRun {
        id: id(number),
        room: ROOM,
        message: id(message),
        status: status.to_owned(),
        at: at(0),
        record: json!({ "status": status, "steps": [] }),
    }
}

/// The ids of memories as the numbers they were made of.
fn numbers(memories: &[Memory]) -> Vec<u128> {
    memories.iter().map(|memory| memory.id.as_u128()).collect()
}

fn sorted(mut numbers: Vec<u128>) -> Vec<u128> {
    numbers.sort_unstable();
    numbers
}
