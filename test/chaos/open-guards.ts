import type { Guards } from '#src/daemon/config.ts';

const PLENTY = { burst: 1e9, per_minute: 1e9 };

/** Guards that never stop anybody: a run of faults is no normal work. */
export const OPEN_GUARDS: Guards = {
  messages: PLENTY,
  bytes: PLENTY,
  broadcasts: PLENTY,
  open_asks: 1e9,
  reminders: { ...PLENTY, pending: 1e9 },
  loop: { depth: 1e9, messages: 1e9, window_seconds: 1 },
};
