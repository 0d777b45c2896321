-- What agents do at times of their own.

CREATE TABLE tasks (
    agent    BLOB    NOT NULL CHECK (length(agent) = 16),
    id       BLOB    NOT NULL CHECK (length(id) = 16),
    revision INTEGER NOT NULL,              -- grows with every write; who writes names the one it read
    next     TEXT,                          -- when something is to be done about it; NULL: never
    record   TEXT    NOT NULL,              -- JSON
    PRIMARY KEY (agent, id)
) STRICT;

CREATE INDEX tasks_by_next ON tasks (agent, next, id);
