-- Who has how much.

CREATE TABLE bank_purses (
    owner TEXT PRIMARY KEY,
    coins INTEGER NOT NULL CHECK (coins >= 0)
);
