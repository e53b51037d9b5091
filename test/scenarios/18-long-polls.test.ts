import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '#src/protocol/client.ts';
import { methods } from '#src/protocol/methods/index.ts';
import type { Sent, Sight } from '../chaos/history.ts';
import { judge } from '../chaos/judge.ts';
import { Progress } from '../chaos/progress.ts';
import { seeded } from '../chaos/random.ts';
import { runSender, sumOf } from '../chaos/senders.ts';
import { poll, PollingServer } from '../support/polling.ts';
import type { Poller } from '../support/polling.ts';
import { waitUntil } from '../support/wait.ts';

const AGENTS = 1000;
const SENDERS = 8;
const EACH = 60;
/** How long everybody may take to be back; `npm run bench` measures the ratio that is promised. */
const BACK_MS = 120_000;

/** Waits until every agent has got something that the operator sends to all of them: all of them poll. */
async function untilAllPoll(server: PollingServer, got: Map<string, number>): Promise<void> {
  await using operator = await connect(`${server.folder}/host.sock`);
  const { id } = await operator.call(methods.send, { to: '*', body: 'everybody there?' });
  await waitUntil(
    'all agents poll',
    () => got.size === AGENTS && [...got.values()].every((message) => message >= id),
    BACK_MS,
  );
}

test('F10: the daemon is killed under 1,000 long-polls with sends in flight: all poll again, spread out, and nothing is lost', async () => {
  await using server = new PollingServer(AGENTS);
  await server.start();
  const over = new AbortController();
  const names = Array.from({ length: AGENTS }, (_, index) => `a${index}`);
  const seen = new Map<string, Sight[]>(names.map((name) => [name, []]));
  const broadcasts = new Map<string, number>();
  const progress = new Progress();
  progress.set({ limit: Infinity });
  let sights = 0;
  const pollers = names.map((name): Poller => {
    const look: Parameters<typeof poll>[2] = ({ turn, deliveries }) => {
      for (const { delivery, id: message, redelivered, body, broadcast } of deliveries) {
        if (broadcast) broadcasts.set(name, Math.max(message, broadcasts.get(name) ?? 0));
        const token = /«([a-z0-9-]+:\d+)»/.exec(body)?.[1];
        if (token) seen.get(name)?.push({ token, turn, delivery, message, redelivered, sum: sumOf(body) });
        if (token) progress.set({ seen: ++sights });
      }
    };
    return poll(server.socketOf(name), name, look, over.signal);
  });
  const sent: Sent[] = [];
  try {
    await untilAllPoll(server, broadcasts);
    const random = seeded(10);
    const sending = names.slice(0, SENDERS).map((name) => {
      const spec = { name, socket: server.socketOf(name), receivers: names.slice(SENDERS), count: EACH };
      return runSender({ ...spec, random: random.of(name) }, sent, progress, over.signal);
    });
    await progress.until(({ confirmed }) => confirmed >= (SENDERS * EACH) / 3, over.signal);
    await server.kill();
    await server.start();
    await Promise.all(sending);
    await untilAllPoll(server, broadcasts);

    for (const { misses } of pollers) misses.length = 0;
    await server.kill();
    await waitUntil(
      'everybody has tried three times',
      () => pollers.every(({ misses }) => misses.length >= 3),
      BACK_MS,
    );
    await server.start();
    await untilAllPoll(server, broadcasts);
  } finally {
    over.abort(new Error('the test is over'));
    await Promise.allSettled(pollers.map(({ done }) => done));
  }
  assert.deepEqual(judge({ sent, seen, retried: new Set() }), []);
  assert.ok(sent.length === SENDERS * EACH && sent.every(({ message }) => message !== null));
  assert.equal(server.errors, '', 'no session was lost, no file descriptor was missing');
  assertSpread(pollers);
});

/** While nobody listens, tries are seldom, and not everybody comes at the same moments. */
function assertSpread(pollers: Poller[]): void {
  const pauses = pollers.map(({ misses: [, second = 0, third = 0] }) => Math.round(third - second));
  assert.ok(Math.min(...pauses) >= 450, 'half a second to a second');
  assert.ok(new Set(pauses).size > 20, `all pauses: ${[...new Set(pauses)].join(', ')}`);
}
