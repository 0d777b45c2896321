-- What agents do at times of their own.

CREATE TABLE tasks (
    agent    uuid   NOT NULL,
    id       uuid   NOT NULL,
    revision bigint NOT NULL,               -- grows with every write; who writes names the one it read
    next     text   COLLATE "C",            -- when something is to be done about it; NULL: never
    record   text   NOT NULL,               -- JSON
    PRIMARY KEY (agent, id)
);

CREATE INDEX tasks_by_next ON tasks (agent, next, id);
