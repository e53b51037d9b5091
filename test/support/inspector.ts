import { once } from 'node:events';

/** Text in which a process says where its inspector listens. */
const ADDRESS = /Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]+)/g;

/** Environment in which a process opens its inspector on a free loopback port when it gets SIGUSR1. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect-port=0' } as const;

/** The inspector's address that a process printed last, or nothing. */
export function inspectorAddress(printed: string): string | undefined {
  return [...printed.matchAll(ADDRESS)].at(-1)?.[1];
}

/** Begins to evaluate `expression` in the process behind `address` and does not wait for its end. */
export async function evaluateIn(address: string, expression: string): Promise<Disposable> {
  const socket = new WebSocket(address);
  await once(socket, 'open');
  socket.addEventListener('error', () => undefined);
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
  return { [Symbol.dispose]: () => socket.close() };
}
