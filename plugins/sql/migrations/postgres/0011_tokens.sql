-- The tokens of callers, by their hashes.

CREATE TABLE tokens (
    agent   uuid  NOT NULL,
    id      uuid  NOT NULL,
    name    text  COLLATE "C" NOT NULL,
    hash    bytea NOT NULL CHECK (length(hash) = 32),   -- SHA-256 of the text, which is nowhere
    role    text  COLLATE "C" NOT NULL,                 -- guest, member, admin, owner
    scopes  text,                                       -- a JSON array; NULL for all
    created text  COLLATE "C" NOT NULL,
    expires text,
    used    text  COLLATE "C",
    PRIMARY KEY (agent, id),
    UNIQUE (agent, name),
    UNIQUE (agent, hash)
);
