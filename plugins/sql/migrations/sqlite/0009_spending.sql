-- What was spent on models, added up by who spent it and when.

CREATE TABLE spending (
    agent  BLOB    NOT NULL CHECK (length(agent) = 16),
    begins TEXT    NOT NULL,
    period TEXT    NOT NULL,                 -- hour, day
    holder TEXT    NOT NULL,                 -- agent, user, room
    id     BLOB    NOT NULL CHECK (length(id) = 16),
    unit   TEXT    NOT NULL,                 -- tokens, money (billionths of a US dollar)
    amount INTEGER NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (agent, begins, period, holder, id, unit)
) STRICT, WITHOUT ROWID;
