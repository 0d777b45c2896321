-- Runs that wait for a person to allow an action are few; they are found without looking at the others. For such a
-- run `finished` is true, so that its message does not wait for a start to take it up.
CREATE INDEX runs_that_wait ON runs (agent, at, ordinal) WHERE status = 'waiting';
