-- What lets turns survive the end of their process: effects under way, receipts of messages, replies on their way.

-- What actions of runs that are not over were about to do, and what they gave.
CREATE TABLE effects (
    agent  BLOB    NOT NULL CHECK (length(agent) = 16),
    run    BLOB    NOT NULL CHECK (length(run) = 16),
    step   INTEGER NOT NULL CHECK (step > 0),
    record TEXT    NOT NULL,                -- JSON
    PRIMARY KEY (agent, run, step)
) STRICT, WITHOUT ROWID;

-- The record of a run that is over says it all.
CREATE TRIGGER run_over AFTER UPDATE OF status ON runs
WHEN new.status IN ('completed', 'failed', 'timeout', 'cancelled', 'interrupted')
BEGIN
    DELETE FROM effects WHERE agent = new.agent AND run = new.id;
END;

-- Runs that were tried too often, and those that evaluators have not looked back at: few, and found without looking at the others.
CREATE INDEX runs_that_are_parked ON runs (agent, at) WHERE status = 'parked';
CREATE INDEX runs_to_look_back    ON runs (agent, at) WHERE json_extract(record, '$."look-back"') > 0;

-- The ids of messages that came in and were deleted: sent again, they are still no new ones.
CREATE TABLE receipts (
    agent BLOB NOT NULL CHECK (length(agent) = 16),
    id    BLOB NOT NULL CHECK (length(id) = 16),
    PRIMARY KEY (agent, id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER message_deleted AFTER DELETE ON memories WHEN old.kind = 'message' AND old.entity <> old.agent
BEGIN
    INSERT INTO receipts (agent, id) VALUES (old.agent, old.id) ON CONFLICT DO NOTHING;
END;

-- The sources whose replies wait until somebody says that they are delivered.
CREATE TABLE outboxes (
    agent  BLOB NOT NULL CHECK (length(agent) = 16),
    source TEXT NOT NULL,
    PRIMARY KEY (agent, source)
) STRICT, WITHOUT ROWID;

-- The replies that wait.
CREATE TABLE outbox (
    agent   BLOB    NOT NULL CHECK (length(agent) = 16),
    memory  BLOB    NOT NULL CHECK (length(memory) = 16),
    source  TEXT    NOT NULL,
    ordinal INTEGER NOT NULL,               -- that of the memory
    PRIMARY KEY (agent, memory)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_by_source ON outbox (agent, source, ordinal);

CREATE TRIGGER reply_added AFTER INSERT ON memories WHEN new.kind = 'message' AND new.entity = new.agent
BEGIN
    INSERT INTO outbox (agent, memory, source, ordinal)
    SELECT new.agent, new.id, source, new.ordinal FROM outboxes
    WHERE agent = new.agent AND source = json_extract(new.content, '$.source')
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER reply_deleted AFTER DELETE ON memories WHEN old.entity = old.agent
BEGIN
    DELETE FROM outbox WHERE agent = old.agent AND memory = old.id;
END;
