-- Turns by their agent, noted in batches: an index would write a page for every agent that begins a turn in a group.
CREATE TABLE agent_turns (
  agent TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  -- goes with its turn; no reference, which would have to be looked for in this table
  turn_id INTEGER NOT NULL,
  PRIMARY KEY (agent, started_at, turn_id)
) STRICT, WITHOUT ROWID;
INSERT INTO agent_turns (agent, started_at, turn_id) SELECT agent, started_at, id FROM turns ORDER BY agent, started_at, id;
INSERT INTO facts (name, value) SELECT 'agent_turns_up_to', max(id) FROM turns HAVING max(id) IS NOT NULL;
DROP INDEX turns_by_agent;
-- What an agent sent to itself, as reminders do, was noted twice: once as sent and once as got. A list that was damaged stays: it shall not keep the hive from starting.
UPDATE message_parties SET (many, message_ids) = (
  SELECT count(*), json_group_array(value ORDER BY value) FROM (SELECT DISTINCT value FROM json_each(message_ids))
) WHERE iif(json_valid(message_ids), many <> (SELECT count(DISTINCT value) FROM json_each(message_ids)), FALSE);
