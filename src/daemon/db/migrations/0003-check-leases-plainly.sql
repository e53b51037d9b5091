-- A list after IN is made into a table by every INSERT and UPDATE, which costs more than the row.
ALTER TABLE leases RENAME TO leases_before;
CREATE TABLE leases (
  id INTEGER PRIMARY KEY,
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
  session_id INTEGER NOT NULL REFERENCES sessions (id),
  turn_id INTEGER NOT NULL REFERENCES turns (id),
  leased_at INTEGER NOT NULL,
  presented_at INTEGER,
  ended_at INTEGER,
  -- failed = an attempt; interrupted = may have been seen, no attempt; returned = the harness says it was not shown
  outcome TEXT CHECK (outcome = 'acked' OR outcome = 'failed' OR outcome = 'interrupted' OR outcome = 'returned')
) STRICT;
INSERT INTO leases (id, delivery_id, session_id, turn_id, leased_at, presented_at, ended_at, outcome)
SELECT id, delivery_id, session_id, turn_id, leased_at, presented_at, ended_at, outcome FROM leases_before ORDER BY id;
DROP TABLE leases_before;
CREATE UNIQUE INDEX leases_open ON leases (delivery_id) WHERE ended_at IS NULL;
CREATE INDEX leases_by_delivery ON leases (delivery_id);
CREATE INDEX leases_by_turn ON leases (turn_id);
