import { connect } from '../src/protocol/client.ts';
import { methods } from '../src/protocol/methods/index.ts';
import { measureSends } from './sends.ts';
import type { SendsResult, SendsScale } from './sends.ts';
import { agentSocket } from './run-folder.ts';

const RECEIVERS = 4;

/** The same senders, each with a connection of its own to its agent's socket: what frames and shapes cost is in it. */
export async function measureThroughSockets(folder: string, senders: number, scale: SendsScale): Promise<SendsResult> {
  const paths = Array.from({ length: senders }, (_, index) => agentSocket(folder, `a${RECEIVERS + index}`));
  const clients = await Promise.all(paths.map((path) => connect(path, { service: 'rpc' })));
  const send = async (index: number, body: string): Promise<void> => {
    await clients[index]?.call(methods.send, { to: `a${index % RECEIVERS}`, body });
  };
  const result = await measureSends(folder, senders, send, scale);
  for (const client of clients) client.close();
  return result;
}
