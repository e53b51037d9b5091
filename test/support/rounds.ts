import { methods } from '#src/protocol/methods/index.ts';
import { report, to } from './broker.ts';
import type { TestBroker } from './broker.ts';
import type { BrokerSockets } from './broker-sockets.ts';

/** Two agents who talk on, whatever others do to the daemon: one sends, the other is woken and ends its turn. */
export interface Rounds {
  /** How much of the others' work was done during each round, by the counter it was begun with. */
  others: number[];
  /** Ends after the round that is under way. */
  end(): Promise<void>;
}

/** Lets `alice` send to `bob` over their sockets, round after round; `work` counts what is done for others. */
export async function startRounds(hive: TestBroker, sockets: BrokerSockets, work: () => number): Promise<Rounds> {
  const nonce = 'b'.repeat(64);
  await hive.broker.openSession('alice', 'a'.repeat(64));
  await hive.broker.openSession('bob', nonce);
  const alice = await sockets.agent('alice');
  const bob = await sockets.agent('bob', nonce);
  const others: number[] = [];
  const over = new AbortController();

  async function talk(): Promise<void> {
    while (!over.signal.aborted) {
      const before = work();
      const woken = bob.call(methods.next, { max: 4 });
      const [{ turn, deliveries }] = await Promise.all([
        woken,
        alice.call(methods.send, to('bob', `round ${others.length}`)),
      ]);
      const presented = deliveries.map(({ delivery }) => delivery);
      await bob.call(methods.turnEnd, report(turn, 'ok', presented));
      others.push(work() - before);
    }
    alice.close();
    bob.close();
  }

  const talking = talk();
  talking.catch(() => undefined);
  return {
    others,
    end: () => {
      over.abort();
      return talking;
    },
  };
}
