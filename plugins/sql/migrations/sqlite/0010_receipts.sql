-- Who wrote a message that was deleted: what its turn left behind is theirs still, to be given out and to be erased.

-- None where the message was deleted before this, and where who wrote it was erased.
ALTER TABLE receipts ADD COLUMN entity BLOB CHECK (length(entity) = 16);

CREATE INDEX receipts_by_entity ON receipts (agent, entity) WHERE entity IS NOT NULL;

DROP TRIGGER message_deleted;

CREATE TRIGGER message_deleted AFTER DELETE ON memories WHEN old.kind = 'message' AND old.entity <> old.agent
BEGIN
    INSERT INTO receipts (agent, id, entity) VALUES (old.agent, old.id, old.entity)
    ON CONFLICT DO UPDATE SET entity = excluded.entity;
END;
