import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStartLog, startLog } from '#src/cli/supervisor/start-log.ts';

function begin(home: string, text: string): void {
  const out = openStartLog(home);
  writeSync(out, text);
  closeSync(out);
}

test('why a daemon was given up outlives the next starts, until another says something', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'hive-start-log-'));
  t.after(() => rmSync(home, { recursive: true }));
  const kept = (): string[] => [startLog(home), `${startLog(home)}.1`].map((path) => readFileSync(path, 'utf8'));
  begin(home, 'given up');
  for (const text of ['', '']) {
    begin(home, text);
    assert.deepEqual(kept(), ['', 'given up']);
  }
  begin(home, 'again');
  begin(home, 'now');
  assert.deepEqual(kept(), ['now', 'again']);
  for (const path of [startLog(home), `${startLog(home)}.1`]) assert.equal(statSync(path).mode & 0o777, 0o600);
});
