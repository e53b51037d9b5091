import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort as findFree } from '#src/cli/up/ports.ts';

/** A loopback port that is free now, and that no other test gets as long as this process runs. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await findFree();
    if (await claim(port)) return port;
  }
}

/** A name in the kernel's own list is a claim that ends with its process. */
async function claim(port: number): Promise<boolean> {
  const server = createServer().listen({ path: `\0hive-test-port-${port}` });
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.unref();
  return true;
}
