-- What an agent remembers. Agents share a file, so every table starts with the agent.
--
-- Ids are 16-byte blobs: half as long as text, in every index. `hex(id)` shows one.
-- Times are RFC 3339 with nine digits after the second, so that they sort as text and lose nothing.
-- JSON is text, as serde_json wrote it, so that keys keep their order.
-- There are no foreign keys: records arrive in any order (a memory before its room), and that is allowed.

CREATE TABLE memories (
    ordinal  INTEGER PRIMARY KEY,           -- the order of adding, across rooms
    agent    BLOB    NOT NULL CHECK (length(agent) = 16),
    id       BLOB    NOT NULL CHECK (length(id) = 16),
    kind     TEXT    NOT NULL,
    entity   BLOB    NOT NULL CHECK (length(entity) = 16),
    room     BLOB    NOT NULL CHECK (length(room) = 16),
    world    BLOB             CHECK (length(world) = 16),
    at       TEXT    NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    content  TEXT    NOT NULL,              -- JSON, without `extra`
    extra    TEXT,                          -- JSON object; apart, because its keys may be those of content
    metadata TEXT,                          -- JSON
    search   TEXT    NOT NULL,              -- the text without case
    waiting  INTEGER NOT NULL CHECK (waiting IN (0, 1))  -- 1: an accepted message without a finished run
) STRICT;

CREATE UNIQUE INDEX memories_by_id        ON memories (agent, id);
CREATE UNIQUE INDEX memories_by_room      ON memories (agent, room, sequence);
-- Every index ends with the ordinal, unseen: these give their rows in the order of adding.
CREATE        INDEX memories_by_agent     ON memories (agent);
CREATE        INDEX memories_by_kind      ON memories (agent, kind);
CREATE        INDEX memories_by_entity    ON memories (agent, entity);
CREATE        INDEX memories_by_room_kind ON memories (agent, room, kind, sequence);
CREATE        INDEX memories_waiting      ON memories (agent) WHERE waiting = 1;

-- The last number of a room, written when memories are deleted, so that no number is given twice.
CREATE TABLE last_sequences (
    agent    BLOB    NOT NULL CHECK (length(agent) = 16),
    room     BLOB    NOT NULL CHECK (length(room) = 16),
    sequence INTEGER NOT NULL,
    PRIMARY KEY (agent, room)
) STRICT, WITHOUT ROWID;

CREATE TABLE worlds (
    agent    BLOB NOT NULL CHECK (length(agent) = 16),
    id       BLOB NOT NULL CHECK (length(id) = 16),
    name     TEXT NOT NULL,
    roles    TEXT NOT NULL,
    settings TEXT NOT NULL,
    metadata TEXT NOT NULL,
    PRIMARY KEY (agent, id)
) STRICT;

CREATE TABLE rooms (
    agent    BLOB NOT NULL CHECK (length(agent) = 16),
    id       BLOB NOT NULL CHECK (length(id) = 16),
    name     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    source   TEXT NOT NULL,
    world    BLOB CHECK (length(world) = 16),
    metadata TEXT NOT NULL,
    PRIMARY KEY (agent, id)
) STRICT;

CREATE TABLE entities (
    agent    BLOB NOT NULL CHECK (length(agent) = 16),
    id       BLOB NOT NULL CHECK (length(id) = 16),
    names    TEXT NOT NULL,
    metadata TEXT NOT NULL,
    PRIMARY KEY (agent, id)
) STRICT;

CREATE TABLE participants (
    agent  BLOB NOT NULL CHECK (length(agent) = 16),
    room   BLOB NOT NULL CHECK (length(room) = 16),
    entity BLOB NOT NULL CHECK (length(entity) = 16),
    PRIMARY KEY (agent, room, entity)
) STRICT, WITHOUT ROWID;

CREATE TABLE attention (
    agent     BLOB NOT NULL CHECK (length(agent) = 16),
    room      BLOB NOT NULL CHECK (length(room) = 16),
    attention TEXT NOT NULL,
    PRIMARY KEY (agent, room)
) STRICT, WITHOUT ROWID;

CREATE TABLE relationships (
    agent    BLOB NOT NULL CHECK (length(agent) = 16),
    id       BLOB NOT NULL CHECK (length(id) = 16),
    source   BLOB NOT NULL CHECK (length(source) = 16),
    target   BLOB NOT NULL CHECK (length(target) = 16),
    tags     TEXT NOT NULL,
    metadata TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (agent, source, target),
    UNIQUE (agent, id)
) STRICT;

CREATE INDEX relationships_by_target ON relationships (agent, target, source);

CREATE TABLE cache (
    agent BLOB NOT NULL CHECK (length(agent) = 16),
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    until INTEGER,                          -- microseconds since 1970; NULL: for ever
    PRIMARY KEY (agent, key)
) STRICT;

CREATE INDEX cache_by_end ON cache (until) WHERE until IS NOT NULL;

CREATE TABLE runs (
    ordinal  INTEGER PRIMARY KEY,           -- the order of their beginning to be written
    agent    BLOB    NOT NULL CHECK (length(agent) = 16),
    id       BLOB    NOT NULL CHECK (length(id) = 16),
    room     BLOB    NOT NULL CHECK (length(room) = 16),
    message  BLOB    NOT NULL CHECK (length(message) = 16),
    status   TEXT    NOT NULL,
    finished INTEGER NOT NULL CHECK (finished IN (0, 1)),
    at       TEXT    NOT NULL,
    record   TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX runs_by_id      ON runs (agent, id);
CREATE        INDEX runs_by_time    ON runs (agent, at);
CREATE        INDEX runs_by_room    ON runs (agent, room, at);
CREATE        INDEX runs_by_message ON runs (agent, message);

-- `waiting` follows the runs, so that a start finds what it must take up again without looking at every message.
CREATE TRIGGER run_added AFTER INSERT ON runs WHEN new.finished
BEGIN
    UPDATE memories SET waiting = 0 WHERE agent = new.agent AND id = new.message;
END;

CREATE TRIGGER run_changed AFTER UPDATE OF finished ON runs WHEN new.finished <> old.finished
BEGIN
    UPDATE memories
    SET waiting = kind = 'message' AND entity <> agent AND NOT EXISTS (
        SELECT 1 FROM runs WHERE runs.agent = memories.agent AND runs.message = memories.id AND runs.finished
    )
    WHERE agent = new.agent AND id = new.message;
END;
