-- What was spent on models, added up by who spent it and when.

CREATE TABLE spending (
    agent  uuid   NOT NULL,
    begins text   COLLATE "C" NOT NULL,
    period text   COLLATE "C" NOT NULL,     -- hour, day
    holder text   COLLATE "C" NOT NULL,     -- agent, user, room
    id     uuid   NOT NULL,
    unit   text   COLLATE "C" NOT NULL,     -- tokens, money (billionths of a US dollar)
    amount bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (agent, begins, period, holder, id, unit)
) WITH (fillfactor = 50);                   -- written with every call of a model
