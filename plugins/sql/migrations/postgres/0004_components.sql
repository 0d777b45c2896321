-- Components of entities: typed data that plugins keep about people and agents. An entity has at most one of a
-- name in each scope; NULL in `world` is everywhere, in `source` nobody in particular.

CREATE TABLE components (
    agent  uuid NOT NULL,
    entity uuid NOT NULL,
    name   text COLLATE "C" NOT NULL,       -- of the type
    world  uuid,
    source uuid,
    room   uuid,
    at     text COLLATE "C" NOT NULL,
    data   text NOT NULL                    -- JSON
);

CREATE UNIQUE INDEX components_by_key
    ON components (agent, entity, name, world, source) NULLS NOT DISTINCT;
CREATE INDEX components_by_name ON components (agent, name, entity);
