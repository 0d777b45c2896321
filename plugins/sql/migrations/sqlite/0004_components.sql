-- Components of entities: typed data that plugins keep about people and agents. An entity has at most one of a
-- name in each scope; NULL in `world` is everywhere, in `source` nobody in particular.

CREATE TABLE components (
    agent  BLOB NOT NULL CHECK (length(agent) = 16),
    entity BLOB NOT NULL CHECK (length(entity) = 16),
    name   TEXT NOT NULL,                   -- of the type
    world  BLOB          CHECK (length(world) = 16),
    source BLOB          CHECK (length(source) = 16),
    room   BLOB          CHECK (length(room) = 16),
    at     TEXT NOT NULL,
    data   TEXT NOT NULL                    -- JSON
) STRICT;

-- NULLs differ from each other in an index; as empty blobs they are alike.
CREATE UNIQUE INDEX components_by_key
    ON components (agent, entity, name, ifnull(world, x''), ifnull(source, x''));
CREATE INDEX components_by_name ON components (agent, name, entity);
