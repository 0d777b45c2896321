-- Finding memories by their words and by vectors.

-- The words of the text, in their order, each as a number: 64 bits of a SHA-256 over the agent and the word. So the index holds
-- no text, which it would keep when a memory is erased, no word is too long for it, and no agent's words are in another's way.
-- NULL in rows from before: the first search makes them.
ALTER TABLE memories ADD COLUMN words bigint[];

-- Whether it is to have vectors; with `words`, NULL in rows from before.
ALTER TABLE memories ADD COLUMN wants_vector boolean;

-- The transaction that added it. Ordinals are given in one order and become visible in another, transactions before the
-- oldest one that is under way are all over.
ALTER TABLE memories ADD COLUMN added_by bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);

CREATE INDEX memories_without_words ON memories (agent) WHERE words IS NULL;
CREATE INDEX memories_by_words      ON memories USING gin (words) WITH (gin_pending_list_limit = 512);
CREATE INDEX memories_to_embed      ON memories (agent, added_by) WHERE wants_vector;

-- Vectors that one model made of one agent's memories.
CREATE TABLE spaces (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agent     uuid   NOT NULL,
    model     text   COLLATE "C" NOT NULL,
    dimension bigint NOT NULL,
    done      bigint NOT NULL DEFAULT 0,    -- no memory that a transaction before this one added lacks a vector
    deleted   bigint NOT NULL DEFAULT 0,    -- grows when vectors are deleted, for who holds them in memory
    UNIQUE (agent, model, dimension)
) WITH (fillfactor = 50);

-- Who adds holds the row of the space until all is kept: ordinals of a space become visible in their order, and who has read
-- up to one reads on from there.
CREATE TABLE vectors (
    ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space   bigint NOT NULL,
    memory  bigint NOT NULL,                -- its ordinal
    hash    uuid   NOT NULL,                -- of the text
    vector  bytea                           -- 32-bit floats, the lowest byte first; NULL: the model refuses the text
);

-- Such bytes cannot be compressed.
ALTER TABLE vectors ALTER COLUMN vector SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX vectors_by_memory ON vectors (memory, space);
CREATE        INDEX vectors_by_text   ON vectors (space, hash);
CREATE        INDEX vectors_by_space  ON vectors (space, ordinal) WHERE vector IS NOT NULL;

CREATE FUNCTION vectors_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        DELETE FROM vectors USING deleted WHERE vectors.memory = deleted.ordinal RETURNING vectors.space
    )
    UPDATE spaces SET deleted = spaces.deleted + 1 WHERE id IN (SELECT space FROM gone);
    RETURN NULL;
END $$;

CREATE TRIGGER vectors_deleted AFTER DELETE ON memories REFERENCING OLD TABLE AS deleted
FOR EACH STATEMENT EXECUTE FUNCTION vectors_deleted();
