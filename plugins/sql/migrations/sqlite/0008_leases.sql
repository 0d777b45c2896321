-- The queue of a room, in order. Whose turn it is to work on it says a locked file beside the database: the lock ends
-- with its process, so that no lease has to be renewed or to run out.
CREATE INDEX memories_waiting_by_room ON memories (agent, room, sequence) WHERE waiting = 1;
