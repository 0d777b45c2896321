-- Finding memories by their words and by vectors.

-- The words of the text, as the engine cuts them, with blanks between; NULL in rows from before: the first search makes them.
ALTER TABLE memories ADD COLUMN words TEXT;

CREATE INDEX memories_without_words ON memories (agent) WHERE words IS NULL;

-- Nothing is kept here but the index. The words come cut, so the tokenizer has only to find the blanks; `place` says whose, of
-- which kind and where, so that only rows that fit are ranked.
CREATE VIRTUAL TABLE memory_words USING fts5 (words, place, content = '', tokenize = 'ascii');

-- What is deleted leaves nothing in the index.
INSERT INTO memory_words (memory_words, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER memory_words_added AFTER INSERT ON memories WHEN new.words <> ''
BEGIN
    INSERT INTO memory_words (rowid, words, place) VALUES (
        new.ordinal, new.words,
        'a' || hex(new.agent) || ' k' || hex(new.kind) || ' r' || hex(new.room) || ' e' || hex(new.entity)
            || ' w' || hex(ifnull(new.world, x''))
    );
END;

CREATE TRIGGER memory_words_made AFTER UPDATE OF words ON memories WHEN old.words IS NULL AND new.words <> ''
BEGIN
    INSERT INTO memory_words (rowid, words, place) VALUES (
        new.ordinal, new.words,
        'a' || hex(new.agent) || ' k' || hex(new.kind) || ' r' || hex(new.room) || ' e' || hex(new.entity)
            || ' w' || hex(ifnull(new.world, x''))
    );
END;

CREATE TRIGGER memory_words_deleted AFTER DELETE ON memories WHEN old.words <> ''
BEGIN
    INSERT INTO memory_words (memory_words, rowid, words, place) VALUES (
        'delete', old.ordinal, old.words,
        'a' || hex(old.agent) || ' k' || hex(old.kind) || ' r' || hex(old.room) || ' e' || hex(old.entity)
            || ' w' || hex(ifnull(old.world, x''))
    );
END;

-- Vectors that one model made of one agent's memories.
CREATE TABLE spaces (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    agent     BLOB    NOT NULL CHECK (length(agent) = 16),
    model     TEXT    NOT NULL,
    dimension INTEGER NOT NULL,
    done      INTEGER NOT NULL DEFAULT 0,   -- no memory up to this ordinal lacks a vector
    deleted   INTEGER NOT NULL DEFAULT 0,   -- grows when vectors are deleted, for who holds them in memory
    UNIQUE (agent, model, dimension)
) STRICT;

CREATE TABLE vectors (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given again: who has read up to one reads on from there
    space   INTEGER NOT NULL,
    memory  INTEGER NOT NULL,               -- its ordinal
    hash    BLOB    NOT NULL CHECK (length(hash) = 16),  -- of the text
    vector  BLOB                            -- 32-bit floats, the lowest byte first; NULL: the model refuses the text
) STRICT;

CREATE UNIQUE INDEX vectors_by_memory ON vectors (memory, space);
CREATE        INDEX vectors_by_text   ON vectors (space, hash);
CREATE        INDEX vectors_by_space  ON vectors (space) WHERE vector IS NOT NULL;

CREATE TRIGGER vectors_deleted AFTER DELETE ON memories
BEGIN
    UPDATE spaces SET deleted = deleted + 1 WHERE id IN (SELECT space FROM vectors WHERE memory = old.ordinal);
    DELETE FROM vectors WHERE memory = old.ordinal;
    -- The ordinal of the last memory is given again.
    UPDATE spaces SET done = (SELECT ifnull(max(ordinal), 0) FROM memories)
    WHERE done > (SELECT ifnull(max(ordinal), 0) FROM memories);
END;
