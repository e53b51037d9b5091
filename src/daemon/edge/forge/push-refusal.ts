import type { ServerResponse } from 'node:http';
import type { PushCommands } from './push-commands.ts';

const FLUSH = '0000';

/** Refuses a push in git's own protocol: git prints the reason and exits with 1, where it would only print the status of an HTTP error. */
export function answerPushRefused(res: ServerResponse, { refs, capabilities }: PushCommands, reason: string): void {
  const report = [line('unpack ok\n'), ...refs.map((ref) => line(`ng ${ref} refused by the hive\n`)), FLUSH].join('');
  const wanted = capabilities.some((capability) => capability.startsWith('report-status'));
  const banded = capabilities.includes('side-band-64k');
  const body = !wanted ? '' : banded ? line(`\u0002${reason}\n`) + line(`\u0001${report}`) + FLUSH : report;
  res.writeHead(200, { 'content-type': 'application/x-git-receive-pack-result', 'cache-control': 'no-cache' });
  res.end(body);
}

function line(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}
