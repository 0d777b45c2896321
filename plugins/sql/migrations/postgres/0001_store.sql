-- What an agent remembers. Agents share a schema, so every table starts with the agent.
--
-- Ids are uuids. Times are text: RFC 3339 with nine digits after the second, so that they sort as text and lose
-- nothing; timestamptz has six digits and ends before the year -4713. `at::timestamptz` gives one.
-- JSON is text, as serde_json wrote it, so that keys keep their order and numbers their digits, which jsonb changes;
-- it holds no NUL, since JSON writes that `\u0000`. `content::json ->> 'text'` reads into it.
-- Other texts are written so that a NUL, which PostgreSQL does not keep, becomes U+0001 U+0001, and U+0001 becomes
-- U+0001 U+0002; sorted byte by byte (collation C) that keeps their order.
-- There are no foreign keys: records arrive in any order (a memory before its room), and that is allowed.

CREATE TABLE memories (
    ordinal  bigint  GENERATED ALWAYS AS IDENTITY,  -- the order of adding, across rooms
    agent    uuid    NOT NULL,
    id       uuid    NOT NULL,
    kind     text    COLLATE "C" NOT NULL,
    entity   uuid    NOT NULL,
    room     uuid    NOT NULL,
    world    uuid,
    at       text    COLLATE "C" NOT NULL,
    sequence bigint  NOT NULL CHECK (sequence > 0),
    content  text    NOT NULL,              -- JSON, without `extra`
    extra    text,                          -- JSON object; apart, because its keys may be those of content
    metadata text,                          -- JSON
    search   bytea   NOT NULL,              -- the text without case, in UTF-8, NUL and all
    waiting  boolean NOT NULL,              -- true: perhaps an accepted message without a finished run; the runs decide
    PRIMARY KEY (agent, id)
);

CREATE UNIQUE INDEX memories_by_room      ON memories (agent, room, sequence);
CREATE        INDEX memories_by_agent     ON memories (agent, ordinal);
CREATE        INDEX memories_by_kind      ON memories (agent, kind, ordinal);
CREATE        INDEX memories_by_entity    ON memories (agent, entity, ordinal);
CREATE        INDEX memories_by_room_kind ON memories (agent, room, kind, sequence);
CREATE        INDEX memories_waiting      ON memories (agent, ordinal) WHERE waiting;

-- The last number that was given in a room. Who gives the next one locks the row until it is kept, so that the numbers
-- have no gaps, whichever processes write; none is given twice, even if its memory is deleted.
CREATE TABLE last_sequences (
    agent    uuid   NOT NULL,
    room     uuid   NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (agent, room)
) WITH (fillfactor = 50);                   -- room for new versions of a row beside the old ones

CREATE TABLE worlds (
    agent    uuid NOT NULL,
    id       uuid NOT NULL,
    name     text NOT NULL,
    roles    text NOT NULL,
    settings text NOT NULL,
    metadata text NOT NULL,
    PRIMARY KEY (agent, id)
);

CREATE TABLE rooms (
    agent    uuid NOT NULL,
    id       uuid NOT NULL,
    name     text NOT NULL,
    kind     text NOT NULL,
    source   text NOT NULL,
    world    uuid,
    metadata text NOT NULL,
    PRIMARY KEY (agent, id)
);

CREATE TABLE entities (
    agent    uuid NOT NULL,
    id       uuid NOT NULL,
    names    text NOT NULL,
    metadata text NOT NULL,
    PRIMARY KEY (agent, id)
);

CREATE TABLE participants (
    agent  uuid NOT NULL,
    room   uuid NOT NULL,
    entity uuid NOT NULL,
    PRIMARY KEY (agent, room, entity)
);

CREATE TABLE attention (
    agent     uuid NOT NULL,
    room      uuid NOT NULL,
    attention text NOT NULL,
    PRIMARY KEY (agent, room)
);

CREATE TABLE relationships (
    agent    uuid NOT NULL,
    id       uuid NOT NULL,
    source   uuid NOT NULL,
    target   uuid NOT NULL,
    tags     text NOT NULL,
    metadata text NOT NULL,
    at       text COLLATE "C" NOT NULL,
    PRIMARY KEY (agent, source, target),
    UNIQUE (agent, id)
);

CREATE INDEX relationships_by_target ON relationships (agent, target, source);

CREATE TABLE cache (
    agent  uuid  NOT NULL,
    digest bytea NOT NULL,                  -- SHA-256 of the key, which may be longer than an index takes
    key    text  NOT NULL,
    value  text  NOT NULL,
    until  bigint,                          -- microseconds since 1970; NULL: for ever
    PRIMARY KEY (agent, digest)
);

CREATE INDEX cache_by_end ON cache (until) WHERE until IS NOT NULL;

CREATE TABLE runs (
    ordinal  bigint  GENERATED ALWAYS AS IDENTITY,  -- the order of their beginning to be written
    agent    uuid    NOT NULL,
    id       uuid    NOT NULL,
    room     uuid    NOT NULL,
    message  uuid    NOT NULL,
    status   text    NOT NULL,
    finished boolean NOT NULL,
    at       text    COLLATE "C" NOT NULL,
    record   text    NOT NULL,
    PRIMARY KEY (agent, id)
);

CREATE INDEX runs_by_time    ON runs (agent, at, ordinal);
CREATE INDEX runs_by_room    ON runs (agent, room, at, ordinal);
CREATE INDEX runs_by_message ON runs (agent, message);
