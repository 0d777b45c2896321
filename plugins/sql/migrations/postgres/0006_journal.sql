-- What lets turns survive the end of their process: effects under way, receipts of messages, replies on their way.

-- What actions of runs that are not over were about to do, and what they gave.
CREATE TABLE effects (
    agent  uuid   NOT NULL,
    run    uuid   NOT NULL,
    step   bigint NOT NULL CHECK (step > 0),
    record text   NOT NULL,                 -- JSON
    PRIMARY KEY (agent, run, step)
);

-- The record of a run that is over says it all.
CREATE FUNCTION run_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM effects WHERE agent = new.agent AND run = new.id;
    RETURN NULL;
END $$;

CREATE TRIGGER run_over AFTER UPDATE OF status ON runs FOR EACH ROW
WHEN (new.status IN ('completed', 'failed', 'timeout', 'cancelled', 'interrupted'))
EXECUTE FUNCTION run_over();

-- Runs that were tried too often, and those that evaluators have not looked back at: few, and found without looking at the
-- others. Not through the JSON type, which does not read a text with a NUL.
CREATE INDEX runs_that_are_parked ON runs (agent, at, ordinal) WHERE status = 'parked';
CREATE INDEX runs_to_look_back    ON runs (agent, at, ordinal) WHERE record ~ '"look-back":[1-9]';

-- The ids of messages that came in and were deleted: sent again, they are still no new ones.
CREATE TABLE receipts (
    agent uuid NOT NULL,
    id    uuid NOT NULL,
    PRIMARY KEY (agent, id)
);

-- The sources whose replies wait until somebody says that they are delivered.
CREATE TABLE outboxes (
    agent  uuid NOT NULL,
    source text COLLATE "C" NOT NULL,
    PRIMARY KEY (agent, source)
);

-- The replies that wait.
CREATE TABLE outbox (
    agent   uuid   NOT NULL,
    memory  uuid   NOT NULL,
    source  text   COLLATE "C" NOT NULL,
    ordinal bigint NOT NULL,                -- that of the memory
    PRIMARY KEY (agent, memory)
);

CREATE INDEX outbox_by_source ON outbox (agent, source, ordinal);

CREATE FUNCTION memory_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF old.entity = old.agent THEN
        DELETE FROM outbox WHERE agent = old.agent AND memory = old.id;
    ELSIF old.kind = 'message' THEN
        INSERT INTO receipts (agent, id) VALUES (old.agent, old.id) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER memory_deleted AFTER DELETE ON memories FOR EACH ROW EXECUTE FUNCTION memory_deleted();
