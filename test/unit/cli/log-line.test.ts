import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { logLine } from '#src/cli/log-line.ts';

const AT = Date.UTC(2026, 11, 1, 2, 24, 44, 167);
const zone = process.env['TZ'];
before(() => (process.env['TZ'] = 'Europe/Berlin'));
after(() => (zone === undefined ? delete process.env['TZ'] : (process.env['TZ'] = zone)));

function shown(record: object): string {
  return logLine(JSON.stringify(record));
}

test('a record is a line: local time, what happened, and its fields', () => {
  const started = { level: 30, time: AT, agent: 'manager', session: 1, msg: 'container started' };
  assert.equal(shown(started), '2026-12-01 03:24:44 container started  agent=manager session=1');
  const harness = { ...started, time: '2026-12-01T02:24:44.167Z' };
  assert.equal(shown(harness), '2026-12-01 03:24:44 container started  agent=manager session=1');
  assert.equal(shown({ level: 30, time: AT, msg: 'the hive is up' }), '2026-12-01 03:24:44 the hive is up');
});

test('the level is told when it is a warning or worse', () => {
  const levels = [10, 20, 30, 40, 50, 60].map((level) => shown({ level, time: AT, msg: 'x' }).slice(20));
  assert.deepEqual(levels, ['x', 'x', 'x', 'WARN x', 'ERROR x', 'FATAL x']);
});

test('values can be told apart and stay in the line; of an error only what it says is shown, of a text with more lines the others below', () => {
  const fields = {
    why: 'hive/agents is at 4a25',
    steps: ['zoe:place', 'zoe:start'],
    none: [],
    nothing: null,
    ok: false,
    limits: { memory: 5 },
    err: { type: 'Error', message: 'no "such" file', stack: 'Error: no\n    at x' },
    error: 'Error: boom\n    at y',
  };
  assert.equal(
    shown({ level: 30, time: AT, ...fields, msg: 'reconciling' }).slice(20),
    'reconciling  why="hive/agents is at 4a25" steps=zoe:place,zoe:start none=[] ok=false limits={"memory":5} err="no \\"such\\" file" error="Error: boom …"\n        at y',
  );
});

test('what is no record stays as it is, and nothing steers the terminal', () => {
  for (const line of ['2026/12/01 cmd/web.go:119 [I] started', '', '{"half":', '{"total":3}', '[1]', 'null', '"msg"'])
    assert.equal(logLine(line), line);
  assert.equal(shown({ msg: 'dashboard up' }), 'dashboard up');
  assert.equal(logLine('a\u001b[2Jb'), 'a�[2Jb');
  assert.equal(shown({ msg: 'a\u001b[2Jb', text: 'c\u202ed\u001be' }), 'a�[2Jb  text=c�d�e');
  assert.equal(shown({ msg: 'x\ny\n', time: 'yesterday' }), 'yesterday x …\n    y');
  assert.equal(shown({ msg: 'x\n' }), 'x');
});
