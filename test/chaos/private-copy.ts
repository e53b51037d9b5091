import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

const ROOT = resolve(import.meta.dirname, '../..');
const PARTS = ['src', 'templates', 'forge-seed', 'hooks', 'package.json'];

interface Change {
  file: string;
  from: string;
  to: string;
}

/** Breaks of the hive's word that the chaos program must notice; each is made in a private copy of the sources and nowhere else. */
export const PLANTS = {
  /** A message that was committed and confirmed never enters its recipient's queue. */
  loss: [
    {
      file: 'src/daemon/broker/messages/enqueue.ts',
      from: 'for (const { name, wakes } of message.recipients) {',
      to: "for (const { name, wakes } of message.recipients) {\n    if (message.kind === 'message' && id % 61 === 0) continue;",
    },
  ],
  /** What comes again does not say so. */
  double: [
    {
      file: 'src/daemon/broker/deliveries/received.ts',
      from: 'redelivered: row.redelivered,',
      to: 'redelivered: 0,',
    },
  ],
  /** A delivery counts as handled as soon as a turn has it, whether it was presented or not and whatever became of the turn. */
  'early-ack': [
    {
      file: 'src/daemon/broker/sessions/end-session.ts',
      from: "const outcome = failed && lease.presented ? 'failed' : 'interrupted';",
      to: "const outcome = failed ? 'acked' : 'acked';",
    },
    {
      file: 'src/daemon/broker/turns/turn-end.ts',
      from: "if (!presented) return mayBeSeen ? 'interrupted' : 'returned';",
      to: "if (!presented) return 'acked';",
    },
  ],
} as const satisfies Record<string, Change[]>;

/** Name of one of {@link PLANTS}. */
export type Plant = keyof typeof PLANTS;

/** A copy of the hive's sources that nothing else uses; disposing deletes it. */
export interface PrivateCopy extends AsyncDisposable {
  root: string;
}

/** Copies the hive's sources, so that what others edit meanwhile does not restart containers, and plants a break when one is named. */
export async function makePrivateCopy(plant: Plant | null): Promise<PrivateCopy> {
  const root = await mkdtemp(join(tmpdir(), 'hive-chaos-'));
  await using making = new AsyncDisposableStack();
  making.defer(() => rm(root, { recursive: true, force: true }));
  for (const part of PARTS) await cp(join(ROOT, part), join(root, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  for (const change of plant ? PLANTS[plant] : []) await apply(root, change);
  // Agents and the web process have users of their own.
  await execa('chmod', ['-R', 'a+rX', root]);
  const made = making.move();
  return { root, [Symbol.asyncDispose]: () => made.disposeAsync() };
}

async function apply(root: string, { file, from, to }: Change): Promise<void> {
  const path = join(root, file);
  const source = await readFile(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} does not hold "${from}" once: the plant has no ground`);
  await writeFile(path, source.replace(from, to));
}
