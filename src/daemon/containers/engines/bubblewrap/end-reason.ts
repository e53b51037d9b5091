import { constants } from 'node:os';

/** What is known about an end. */
interface EndFacts {
  exitCode: number | null;
  oomKills: number;
  memoryMb: number;
  sameBoot: boolean;
}

/** bubblewrap reports death by signal n as 128 + n. */
const SIGNAL_BASE = 128;
const KILLED = SIGNAL_BASE + constants.signals.SIGKILL;

/** bubblewrap writes no exit code when it was killed itself, and when it could not set the container up. */
const NOTHING_WRITTEN = 'killed from outside, or never set up (its log says so then): no exit code';

/** Why a container ended, in words for `status` and logs. */
export function endReason({ exitCode, oomKills, memoryMb, sameBoot }: EndFacts): string {
  const killed = exitCode === null || exitCode === KILLED;
  if (killed && oomKills > 0) return `out of memory: the kernel ended it at its limit of ${memoryMb} MiB`;
  if (exitCode === null) return sameBoot ? NOTHING_WRITTEN : 'the host was restarted';
  const signal = Object.entries(constants.signals).find(([, number]) => number === exitCode - SIGNAL_BASE)?.[0];
  return signal === undefined ? `exited with code ${exitCode}` : `ended by ${signal}`;
}
