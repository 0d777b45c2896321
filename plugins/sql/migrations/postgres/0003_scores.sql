-- What evaluators gave, over time.

CREATE TABLE scores (
    ordinal   bigint           GENERATED ALWAYS AS IDENTITY,  -- the order of adding
    agent     uuid             NOT NULL,
    id        uuid             NOT NULL,
    evaluator text             COLLATE "C" NOT NULL,
    run       uuid             NOT NULL,
    room      uuid             NOT NULL,
    at        text             COLLATE "C" NOT NULL,
    score     double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    passed    boolean          NOT NULL,
    metadata  text             NOT NULL,    -- JSON
    PRIMARY KEY (agent, id)
);

CREATE INDEX scores_by_time      ON scores (agent, at, ordinal);
CREATE INDEX scores_by_evaluator ON scores (agent, evaluator, at, ordinal);
