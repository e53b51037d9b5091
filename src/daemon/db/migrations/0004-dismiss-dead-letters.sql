-- When the operator dismissed a dead letter, 0 = not: it stays what it is and is not listed any more. (IS NULL instead would have each one looked up that is counted.)
ALTER TABLE deliveries ADD COLUMN dismissed_at INTEGER NOT NULL DEFAULT 0;
DROP INDEX deliveries_dead;
CREATE INDEX deliveries_dead ON deliveries (recipient, id) WHERE state = 'dead' AND dismissed_at = 0;
