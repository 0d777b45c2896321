//! Adding memories, each with the next number of its room. Who adds locks the room's last number until all is kept, so
//! that numbers have no gaps though many processes write.

use super::{
    database::{Database, Tries},
    explain::code,
    fabric::check,
    inbox::way_out,
    row::{MemoryColumns, ROWS, text, time},
};
use crate::error::Fault;
use galatea::{fabric::Lease, memory::Memory};
use sqlx::{Row, postgres::PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// If the memory is there already the whole statement fails, and no number is used up.
const ADD_ONE: &str = "WITH given AS (
    INSERT INTO last_sequences (agent, room, sequence) VALUES ($1, $5, 1)
    ON CONFLICT (agent, room) DO UPDATE SET sequence = last_sequences.sequence + 1
    RETURNING sequence
)
INSERT INTO memories (agent, id, kind, entity, room, world, at, content, extra, metadata, search, words, wants_vector, sequence,
    waiting)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::bigint[], $13, given.sequence, $3 = 'message' AND $4 <> $1
FROM given
RETURNING sequence";

/// The numbers are written at the end; meanwhile nobody else gives one.
const LOCK_ROOMS: &str = "INSERT INTO last_sequences (agent, room, sequence)
SELECT $1, room, 0 FROM unnest($2::uuid[]) AS room ORDER BY room
ON CONFLICT (agent, room) DO UPDATE SET sequence = last_sequences.sequence
RETURNING room, sequence";

/// Adds, writes the last numbers of the rooms, and puts what goes out where its source has an outbox: one trip for all three.
const ADD_MANY: &str = "WITH added AS (
    INSERT INTO memories (agent, id, kind, entity, room, world, at, content, extra, metadata, search, words, wants_vector,
        sequence, waiting)
    SELECT $1, id, kind, entity, room, world, at, content, extra, metadata, search, words::bigint[], wants_vector, sequence,
        kind = 'message' AND entity <> $1
    FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::bytea[], $12::text[], $13::bool[], $14::bigint[])
    WITH ORDINALITY AS new (id, kind, entity, room, world, at, content, extra, metadata, search, words, wants_vector,
        sequence, place)
    ORDER BY place
    RETURNING id, ordinal
), numbered AS (
    UPDATE last_sequences SET sequence = given.sequence
    FROM (SELECT room, max(sequence) AS sequence FROM unnest($5::uuid[], $14::bigint[]) AS new (room, sequence) GROUP BY room)
        AS given
    WHERE last_sequences.agent = $1 AND last_sequences.room = given.room
)
INSERT INTO outbox (agent, memory, source, ordinal)
SELECT $1, added.id, outboxes.source, added.ordinal
FROM added
JOIN unnest($2::uuid[], $15::text[]) AS said (id, source) ON said.id = added.id
JOIN outboxes ON outboxes.agent = $1 AND outboxes.source = said.source
ON CONFLICT DO NOTHING";

pub(super) async fn add(
    database: &Database,
    agent: Uuid,
    fence: Option<Lease>,
    memories: &[Memory],
) -> Result<Vec<(i64, bool)>, Fault> {
    match memories {
        [] => return Ok(Vec::new()),
        // One new memory, an accepted message above all, is one trip to the server.
        [memory] if fence.is_none() && way_out(memory).is_none() => {
            let mut connection = database.pool().acquire().await?;
            if let Some(sequence) = add_new(&mut connection, agent, memory).await? {
                return Ok(vec![(sequence, true)]);
            }
        }
        _ => {}
    }
    let mut tries = Tries::default();
    loop {
        match add_many(database, agent, fence, memories).await {
            Err(fault) if tries.again(&fault).await => {}
            added => return added,
        }
    }
}

/// Adds a memory that does not go out; `None` if it is there already. In a transaction, that then is over.
pub(super) async fn add_new(
    connection: &mut PgConnection,
    agent: Uuid,
    memory: &Memory,
) -> Result<Option<i64>, Fault> {
    match add_one(connection, agent, memory).await {
        Err(Fault::Sql(error)) if code(&error) == Some("23505") => Ok(None),
        added => added.map(Some),
    }
}

async fn add_one(connection: &mut PgConnection, agent: Uuid, memory: &Memory) -> Result<i64, Fault> {
    let columns = MemoryColumns::of(memory)?;
    let row = sqlx::query(ADD_ONE)
        .bind(agent)
        .bind(memory.id)
        .bind(text(memory.kind.name()))
        .bind(memory.entity)
        .bind(memory.room)
        .bind(memory.world)
        .bind(time(memory.at))
        .bind(columns.content)
        .bind(columns.extra)
        .bind(columns.metadata)
        .bind(columns.search)
        .bind(columns.words)
        .bind(columns.wants_vector)
        .fetch_all(connection)
        .await?;
    let row = row.first().ok_or(sqlx::Error::RowNotFound)?;
    Ok(row.try_get(0)?)
}

async fn add_many(
    database: &Database,
    agent: Uuid,
    fence: Option<Lease>,
    memories: &[Memory],
) -> Result<Vec<(i64, bool)>, Fault> {
    let mut transaction = database.write().await?;
    check(&mut transaction, agent, fence).await?;
    let added = add_within(&mut transaction, agent, memories).await?;
    transaction.commit().await?;
    Ok(added)
}

/// Adds within a transaction of the caller's, which is to be tried again where it clashes.
pub(super) async fn add_within(
    connection: &mut PgConnection,
    agent: Uuid,
    memories: &[Memory],
) -> Result<Vec<(i64, bool)>, Fault> {
    let mut last = lock_rooms(connection, agent, memories).await?;
    // Only now: while the rooms were waited for, others may have added the same.
    let mut known = known(connection, agent, memories).await?;
    let (mut added, mut new) = (Vec::with_capacity(memories.len()), Vec::new());
    for memory in memories {
        if let Some(sequence) = known.get(&memory.id) {
            added.push((*sequence, false));
            continue;
        }
        let sequence = last.entry(memory.room).or_default();
        *sequence += 1;
        known.insert(memory.id, *sequence);
        added.push((*sequence, true));
        new.push((memory, *sequence));
    }
    for some in new.chunks(ROWS) {
        insert(connection, agent, some).await?;
    }
    Ok(added)
}

/// The last number of each room, in one order whoever asks, so that two do not wait for each other.
async fn lock_rooms(
    connection: &mut PgConnection,
    agent: Uuid,
    memories: &[Memory],
) -> Result<BTreeMap<Uuid, i64>, Fault> {
    let rooms: BTreeSet<Uuid> = memories.iter().map(|memory| memory.room).collect();
    let rooms: Vec<Uuid> = rooms.into_iter().collect();
    let rows = sqlx::query(LOCK_ROOMS).bind(agent).bind(rooms).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

async fn known(
    connection: &mut PgConnection,
    agent: Uuid,
    memories: &[Memory],
) -> Result<BTreeMap<Uuid, i64>, Fault> {
    let ids: Vec<Uuid> = memories.iter().map(|memory| memory.id).collect();
    let known = "SELECT id, sequence FROM memories WHERE agent = $1 AND id = ANY($2)";
    let rows = sqlx::query(known).bind(agent).bind(ids).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

async fn insert(connection: &mut PgConnection, agent: Uuid, new: &[(&Memory, i64)]) -> Result<(), Fault> {
    let columns =
        new.iter().map(|(memory, _)| MemoryColumns::of(memory)).collect::<Result<Vec<_>, Fault>>()?;
    sqlx::query(ADD_MANY)
        .bind(agent)
        .bind(new.iter().map(|(memory, _)| memory.id).collect::<Vec<_>>())
        .bind(new.iter().map(|(memory, _)| text(memory.kind.name()).into_owned()).collect::<Vec<_>>())
        .bind(new.iter().map(|(memory, _)| memory.entity).collect::<Vec<_>>())
        .bind(new.iter().map(|(memory, _)| memory.room).collect::<Vec<_>>())
        .bind(new.iter().map(|(memory, _)| memory.world).collect::<Vec<_>>())
        .bind(new.iter().map(|(memory, _)| time(memory.at)).collect::<Vec<_>>())
        .bind(columns.iter().map(|columns| columns.content.as_str()).collect::<Vec<_>>())
        .bind(columns.iter().map(|columns| columns.extra.as_deref()).collect::<Vec<_>>())
        .bind(columns.iter().map(|columns| columns.metadata.as_deref()).collect::<Vec<_>>())
        .bind(columns.iter().map(|columns| columns.search.as_slice()).collect::<Vec<_>>())
        .bind(columns.iter().map(|columns| columns.words.as_str()).collect::<Vec<_>>())
        .bind(columns.iter().map(|columns| columns.wants_vector).collect::<Vec<_>>())
        .bind(new.iter().map(|(_, sequence)| *sequence).collect::<Vec<_>>())
        .bind(new.iter().map(|(memory, _)| way_out(memory)).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
