import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { JsMsg } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { CONSUMERS, main } from '../drive.ts';
import type { Peer } from '../drive.ts';

const NAME = 'bench';

/** A JetStream work queue in files; `node bench/peers/nats.ts FOLDER COUNT ROUNDS PORT`. */
async function open(_folder: string, port = ''): Promise<Peer> {
  const connection = await connect({ servers: `127.0.0.1:${port}` });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: NAME,
    subjects: [NAME],
    storage: StorageType.File,
    retention: RetentionPolicy.Workqueue,
  });
  await manager.consumers.add(NAME, { durable_name: NAME, ack_policy: AckPolicy.Explicit, max_ack_pending: CONSUMERS });
  const stream = jetstream(connection);
  const consumer = await stream.consumers.get(NAME, NAME);
  return {
    send: (_index, body) => stream.publish(NAME, body),
    async fill(count) {
      for (let at = 0; at < count; at += 500)
        await Promise.all(
          Array.from({ length: Math.min(500, count - at) }, (_, index) => stream.publish(NAME, `${at + index}`)),
        );
    },
    async consume(count) {
      const all = Promise.withResolvers<void>();
      let done = 0;
      const acknowledge = async (message: JsMsg): Promise<void> => {
        await message.ackAck();
        if (++done === count) all.resolve();
      };
      const messages = await consumer.consume({
        max_messages: CONSUMERS,
        callback: (message) => void acknowledge(message).catch(all.reject),
      });
      await all.promise;
      await messages.close();
    },
    [Symbol.asyncDispose]: () => connection.drain(),
  };
}

await main(open);
