-- What is queued, in the order of the deliveries: which of it is whose is known in memory (docs/decisions/0040). By its recipients every commit wrote a page for each of them.
DROP INDEX deliveries_queue;
CREATE INDEX deliveries_queue ON deliveries (id, recipient, wakes) WHERE state = 'queued';
