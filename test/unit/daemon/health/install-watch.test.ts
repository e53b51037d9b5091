import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { InstallWatch } from '#src/daemon/health/install-watch.ts';

const install = mkdtempSync(join(tmpdir(), 'hive-install-'));
after(() => rmSync(install, { recursive: true, force: true }));
for (const part of ['src/lib', 'src/protocol', 'src/harness', 'hooks', 'templates/prompts'])
  mkdirSync(join(install, part), { recursive: true });
writeFileSync(join(install, 'package.json'), '{}');
const harness = join(install, 'src/harness/main.ts');
writeFileSync(harness, 'one');

test('an installed hive that is replaced is told with what to do, until it is the one that runs again', () => {
  let now = 0;
  const watch = new InstallWatch(install, { monotonic: () => now });
  assert.equal(watch.alert(), undefined, 'nothing is known before the daemon is up');
  watch.begin();
  assert.equal(watch.alert(), undefined);
  writeFileSync(harness, 'two');
  now = 1_999;
  assert.equal(watch.alert(), undefined, 'it is looked at every two seconds');
  now = 2_000;
  assert.match(watch.alert() ?? '', /^the installed hive was replaced, .*hive down --keep-containers, then hive up/);
  writeFileSync(harness, 'one');
  now = 20_000;
  assert.equal(watch.alert(), undefined);
  rmSync(join(install, 'hooks'), { recursive: true });
  now = 30_000;
  assert.match(watch.alert() ?? '', /cannot be read: put it back$/);
});
