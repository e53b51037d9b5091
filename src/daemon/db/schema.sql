CREATE TABLE acts (
  id INTEGER PRIMARY KEY,
  turn_id INTEGER NOT NULL REFERENCES turns (id),
  kind TEXT NOT NULL,
  summary TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE agent_turns (
  agent TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  -- goes with its turn; no reference, which would have to be looked for in this table
  turn_id INTEGER NOT NULL,
  PRIMARY KEY (agent, started_at, turn_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
  name TEXT PRIMARY KEY,
  uid INTEGER NOT NULL UNIQUE,
  forge_user_id INTEGER,
  -- whom it may write to, as a JSON list out of `config`; null = everybody. Kept, and ahead of long columns: every send reads it
  recipients TEXT GENERATED ALWAYS AS (json_extract(config, '$.recipients')) STORED,
  -- what hive/agents said at `config_commit`, as JSON (daemon/agents/agent-config.ts)
  config TEXT NOT NULL,
  config_commit TEXT NOT NULL,
  prompt TEXT NOT NULL DEFAULT '',
  paused INTEGER NOT NULL DEFAULT 0,
  stopped INTEGER NOT NULL DEFAULT 0,
  parked_until INTEGER,
  failure TEXT,
  status_text TEXT,
  status_set_at INTEGER,
  added_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;

CREATE TABLE asks (
  id INTEGER PRIMARY KEY,
  asker TEXT NOT NULL,
  target TEXT NOT NULL,
  question TEXT NOT NULL,
  options TEXT,
  multi INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('open', 'answered', 'cancelled', 'expired')),
  asked_at INTEGER NOT NULL,
  deadline_at INTEGER,
  answer TEXT,
  answered_by TEXT,
  answered_at INTEGER,
  -- the forge's twin, once the outbox wrote it
  issue_number INTEGER,
  issue_id INTEGER,
  last_comment_id INTEGER
) STRICT;

CREATE TABLE containers (
  session_id INTEGER PRIMARY KEY REFERENCES sessions (id),
  agent TEXT NOT NULL,
  engine TEXT NOT NULL,
  handle TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  exit_code INTEGER,
  reason TEXT
) STRICT;

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES messages (id),
  recipient TEXT NOT NULL,
  state TEXT NOT NULL CHECK (
    state = 'queued' OR state = 'leased' OR state = 'acked' OR state = 'dead' OR state = 'parked'
  ),
  wakes INTEGER NOT NULL,
  -- failed attempts: only these lead to a dead letter
  attempts INTEGER NOT NULL DEFAULT 0,
  -- earlier leases whose turn may have seen it
  redelivered INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL,
  dead_reason TEXT
, dismissed_at INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  agent TEXT,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE forge_heads (
  repository TEXT PRIMARY KEY,
  head TEXT NOT NULL
) STRICT;

CREATE TABLE forge_hooks (
  delivery TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE forge_outbox (
  id INTEGER PRIMARY KEY,
  ask_id INTEGER NOT NULL REFERENCES asks (id),
  kind TEXT NOT NULL CHECK (kind IN ('open', 'comment', 'close', 'reopen')),
  -- `operator`, an agent, or `system` (the hive itself)
  author TEXT NOT NULL,
  body TEXT NOT NULL,
  -- never removed, as all messages of a thread; no reference, which would have to be looked for in this table
  message_id INTEGER,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  forge_id INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE keys (
  principal TEXT NOT NULL,
  key TEXT NOT NULL,
  result TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE message_parties (
  party TEXT NOT NULL,
  first_id INTEGER NOT NULL,
  many INTEGER NOT NULL,
  -- ids from `first_id` on, as a JSON list in order
  message_ids TEXT NOT NULL,
  PRIMARY KEY (party, first_id)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE message_words USING fts5 (body, parties, content = '', contentless_delete = 1);

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (
    kind = 'message' OR kind = 'ask' OR kind = 'answer' OR kind = 'reminder' OR kind = 'forge' OR kind = 'system'
  ),
  body TEXT NOT NULL,
  -- may name one that retention removed: no reference, which would look through all messages for each one that goes
  in_reply_to INTEGER,
  ask_id INTEGER REFERENCES asks (id),
  turn_id INTEGER REFERENCES turns (id),
  created_at INTEGER NOT NULL,
  -- replies before it since a person or the forge spoke (loop breaker)
  depth INTEGER NOT NULL DEFAULT 0,
  -- CRC-32 of `body`: SQLite does not notice flipped text (FACTS/faults-and-attacks F18)
  body_crc INTEGER NOT NULL
) STRICT;

CREATE TABLE parked_pairs (
  id INTEGER PRIMARY KEY,
  left_name TEXT NOT NULL,
  right_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  -- 1 = all that the two say to each other is held, 0 = only what belongs to a chain that is too long
  whole INTEGER NOT NULL DEFAULT 1,
  -- the message that was one too many: its chain is what the operator sees
  message_id INTEGER NOT NULL REFERENCES messages (id),
  parked_at INTEGER NOT NULL,
  released_at INTEGER
) STRICT;

CREATE TABLE refused_egress (
  agent TEXT NOT NULL,
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  at INTEGER NOT NULL,
  times INTEGER NOT NULL,
  -- what would allow it, for people
  remedy TEXT NOT NULL,
  PRIMARY KEY (agent, host, port)
) STRICT, WITHOUT ROWID;

CREATE TABLE reminder_firings (
  reminder_id INTEGER NOT NULL REFERENCES reminders (id),
  due_at INTEGER NOT NULL,
  agent TEXT NOT NULL,
  -- may name one that retention removed
  message_id INTEGER NOT NULL,
  fired_at INTEGER NOT NULL,
  PRIMARY KEY (reminder_id, due_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE reminders (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  message TEXT NOT NULL,
  -- next nominal due time
  due_at INTEGER NOT NULL,
  -- five fields read in `timezone`; null = fires once
  cron TEXT,
  timezone TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'fired', 'cancelled')),
  set_by TEXT NOT NULL,
  -- of the turn that set it: every firing is as deep (loop breaker)
  depth INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  sealed BLOB NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE service_uids (
  service TEXT PRIMARY KEY,
  uid INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  nonce_hash TEXT NOT NULL UNIQUE,
  -- starting → live ⇄ disconnected → ended; lost = being killed, fenced
  state TEXT NOT NULL CHECK (state IN ('starting', 'live', 'disconnected', 'lost', 'ended')),
  build TEXT,
  started_at INTEGER NOT NULL,
  hello_at INTEGER,
  ended_at INTEGER,
  end_reason TEXT,
  -- why the broker gave it up: set when it was lost by itself (a hang, a dead harness), not when the hive ended it
  lost_reason TEXT
) STRICT;

CREATE TABLE turns (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  session_id INTEGER NOT NULL REFERENCES sessions (id),
  cause TEXT NOT NULL,
  -- `leased` until the harness reports the runtime's first sign of life, then what it reports
  phase TEXT NOT NULL,
  activity TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT,
  error TEXT,
  model TEXT,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens INTEGER NOT NULL DEFAULT 0,
  cache_write_tokens INTEGER NOT NULL DEFAULT 0,
  tools TEXT NOT NULL DEFAULT '{}',
  -- latest delivery of anybody when the turn last took mail: what is newer arrived since
  taken_up_to INTEGER NOT NULL DEFAULT 0,
  -- longest chain of replies without people in what the turn took, -1 once it took mail of people or the forge: what it says is one deeper
  depth INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE usage (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  turn_id INTEGER,
  model TEXT NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE web_sessions (
  token_hash TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX acts_by_turn ON acts (turn_id);

CREATE UNIQUE INDEX asks_by_issue ON asks (issue_number) WHERE issue_number IS NOT NULL;

CREATE INDEX asks_deadline ON asks (deadline_at) WHERE state = 'open' AND deadline_at IS NOT NULL;

CREATE INDEX asks_of ON asks (asker, id) WHERE state = 'open';

CREATE INDEX asks_open ON asks (target, id) WHERE state = 'open';

CREATE INDEX deliveries_by_message ON deliveries (message_id);

CREATE INDEX deliveries_dead ON deliveries (recipient, id) WHERE state = 'dead' AND dismissed_at = 0;

CREATE INDEX deliveries_parked ON deliveries (recipient, id) WHERE state = 'parked';

CREATE INDEX deliveries_queue ON deliveries (id, recipient, wakes) WHERE state = 'queued';

CREATE INDEX forge_outbox_forge_id ON forge_outbox (forge_id) WHERE forge_id IS NOT NULL;

CREATE INDEX forge_outbox_waiting ON forge_outbox (ask_id, id) WHERE state = 'waiting';

CREATE INDEX leases_by_delivery ON leases (delivery_id);

CREATE INDEX leases_by_turn ON leases (turn_id);

CREATE UNIQUE INDEX leases_open ON leases (delivery_id) WHERE ended_at IS NULL;

CREATE INDEX messages_by_ask ON messages (ask_id) WHERE ask_id IS NOT NULL;

CREATE INDEX messages_by_turn ON messages (turn_id) WHERE turn_id IS NOT NULL;

CREATE UNIQUE INDEX parked_pairs_now ON parked_pairs (left_name, right_name) WHERE released_at IS NULL;

CREATE INDEX reminder_firings_by_agent ON reminder_firings (agent, fired_at);

CREATE INDEX reminders_due ON reminders (due_at) WHERE state = 'pending';

CREATE INDEX reminders_pending ON reminders (agent, set_by) WHERE state = 'pending';

CREATE UNIQUE INDEX sessions_current ON sessions (agent) WHERE state <> 'ended';

CREATE UNIQUE INDEX turns_running ON turns (agent) WHERE ended_at IS NULL;

CREATE INDEX usage_by_agent ON usage (agent, at);
