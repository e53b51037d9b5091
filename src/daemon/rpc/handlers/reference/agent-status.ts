import type { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import type { statusRow } from '#src/protocol/methods/reference.ts';
import type { AgentRow } from '#src/protocol/shapes.ts';
import { handler } from '../../handler.ts';

export const agentStatus = handler(methods.agentStatus, async ({ context }) => ({
  agent_statuses: context.agents.rows().map(asReferenceRow),
}));

/** Flags are orthogonal in the reference; its clients order them. `status_text` is null while the container is down. */
function asReferenceRow(row: AgentRow): z.input<typeof statusRow> {
  const shown = row.running && row.status_text !== null;
  return {
    name: row.name,
    running: row.running,
    failed: row.state === 'failed',
    needs_update: false,
    needs_login: row.state === 'needs_login',
    paused: row.paused,
    pending_reminders: row.reminders,
    ...(row.model !== null && { active_model: row.model }),
    status_text: shown ? row.status_text : null,
    ...(shown && row.status_set_at !== null && { status_set_at: new Date(row.status_set_at).toISOString() }),
    url: row.forge_url,
  };
}
