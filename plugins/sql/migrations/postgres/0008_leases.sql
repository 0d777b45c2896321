-- Which process works on which room of an agent. Times are those of this server, whatever the clocks of the processes say.

-- The processes that run an agent, until they are silent for too long.
CREATE TABLE members (
    agent uuid        NOT NULL,
    id    uuid        NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (agent, id)
) WITH (fillfactor = 50);                   -- written every few seconds

CREATE INDEX members_by_id ON members (id);

-- Fences grow: a lease has a higher one than those before it, also after its row was deleted.
CREATE SEQUENCE lease_fences;

-- A lease holds as long as its member lives. What a turn writes locks the row of its lease, so that nobody takes the
-- room in the middle of a write, and nothing is written after somebody has.
CREATE TABLE leases (
    agent  uuid   NOT NULL,
    room   uuid   NOT NULL,
    member uuid   NOT NULL,
    fence  bigint NOT NULL DEFAULT nextval('lease_fences'),
    PRIMARY KEY (agent, room)
) WITH (fillfactor = 50);

CREATE INDEX leases_by_member ON leases (agent, member);

-- The queue of a room, in order.
CREATE INDEX memories_waiting_by_room ON memories (agent, room, sequence) WHERE waiting;
