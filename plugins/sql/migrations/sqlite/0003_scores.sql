-- What evaluators gave, over time.

CREATE TABLE scores (
    ordinal   INTEGER PRIMARY KEY,           -- the order of adding
    agent     BLOB    NOT NULL CHECK (length(agent) = 16),
    id        BLOB    NOT NULL CHECK (length(id) = 16),
    evaluator TEXT    NOT NULL,
    run       BLOB    NOT NULL CHECK (length(run) = 16),
    room      BLOB    NOT NULL CHECK (length(room) = 16),
    at        TEXT    NOT NULL,
    score     REAL    NOT NULL CHECK (score BETWEEN 0 AND 1),
    passed    INTEGER NOT NULL CHECK (passed IN (0, 1)),
    metadata  TEXT    NOT NULL               -- JSON
) STRICT;

CREATE UNIQUE INDEX scores_by_id        ON scores (agent, id);
CREATE        INDEX scores_by_time      ON scores (agent, at);
CREATE        INDEX scores_by_evaluator ON scores (agent, evaluator, at);
