-- Who wrote a message that was deleted: what its turn left behind is theirs still, to be given out and to be erased.

-- None where the message was deleted before this, and where who wrote it was erased.
ALTER TABLE receipts ADD COLUMN entity uuid;

CREATE INDEX receipts_by_entity ON receipts (agent, entity) WHERE entity IS NOT NULL;

CREATE OR REPLACE FUNCTION memory_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF old.entity = old.agent THEN
        DELETE FROM outbox WHERE agent = old.agent AND memory = old.id;
    ELSIF old.kind = 'message' THEN
        INSERT INTO receipts (agent, id, entity) VALUES (old.agent, old.id, old.entity)
        ON CONFLICT (agent, id) DO UPDATE SET entity = excluded.entity;
    END IF;
    RETURN NULL;
END $$;
