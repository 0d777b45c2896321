-- The tokens of callers, by their hashes.

CREATE TABLE tokens (
    agent   BLOB NOT NULL CHECK (length(agent) = 16),
    id      BLOB NOT NULL CHECK (length(id) = 16),
    name    TEXT NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32),    -- SHA-256 of the text, which is nowhere
    role    TEXT NOT NULL,                              -- guest, member, admin, owner
    scopes  TEXT,                                       -- a JSON array; NULL for all
    created TEXT NOT NULL,
    expires TEXT,
    used    TEXT,
    PRIMARY KEY (agent, id),
    UNIQUE (agent, name),
    UNIQUE (agent, hash)
) STRICT, WITHOUT ROWID;
