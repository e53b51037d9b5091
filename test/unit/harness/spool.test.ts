import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openSpool } from '#src/harness/spool.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'hive-spool-'))));
afterEach(() => rm(folder, { recursive: true }));

test('the spool keeps ends across processes, oldest first, and drops what is no end', async () => {
  const spool = await openSpool(join(folder, 'spool'));
  for (const turn of [10, 9]) await spool.put({ turn, outcome: 'ok', presented: [turn] });
  await writeFile(join(folder, 'spool/turn-3.json'), '{"turn":3,"outc');
  await writeFile(join(folder, 'spool/.turn-4.new'), '{}');
  const again = await openSpool(join(folder, 'spool'));
  assert.deepEqual(
    (await again.all()).map(({ turn }) => turn),
    [9, 10],
  );
  await again.remove(9);
  await again.remove(9);
  assert.deepEqual(await readdir(join(folder, 'spool')), ['.turn-4.new', 'turn-10.json']);
});
