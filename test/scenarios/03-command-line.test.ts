import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HIVE, hive, type CliResult } from '../support/cli.ts';
import { waitUntil } from '../support/wait.ts';

function assertCode(result: CliResult, code: number): CliResult {
  assert.equal(result.code, code, `${result.out}\n${result.err}`);
  return result;
}

type Run = (...args: string[]) => Promise<CliResult>;

function within(run: Run, agent: string): Run {
  return (...args) => run('agents', 'exec', agent, '--', 'hive', ...args);
}

/** What was said is searched, and read page by page; zoe reads her own. */
async function readMessages(run: Run): Promise<void> {
  const inZoe = within(run, 'zoe');
  const read = async (run: Run, ...args: string[]): Promise<unknown[]> => {
    const { messages, more } = JSON.parse(assertCode(await run('messages', '--json', ...args), 0).out);
    return [messages.map(({ body }: { body: string }) => body), more];
  };
  assert.match(assertCode(await run('messages', '--search', 'HELLO'), 0).out, /operator → zoe · message · message \d+/);
  assert.equal((await run('messages', '--search', 'nowhere')).out, '(nothing holds all of: nowhere)');
  const { id } = JSON.parse(assertCode(await run('send', 'zoe', 'once more', '--json'), 0).out);
  assert.deepEqual(await read(run, '--max', '1'), [['once more'], true]);
  assert.deepEqual(await read(run, '--max', '1', '--before', String(id)), [['hello'], false]);
  assert.deepEqual(await read(inZoe), [['once more', 'hello'], false]);
  assert.match(assertCode(await inZoe('messages', '--agent', 'manager'), 4).err, /an agent may name itself only/);
  assertCode(await run('messages', '--agent', 'nobody'), 1);
  assert.match(
    assertCode(await run('messages', '--agent', 'operator'), 2).err,
    /"operator" is reserved, no agent can be called so/,
  );
  assert.match(assertCode(await run('messages', '--thread', '99'), 1).err, /there is no ask 99: /);
}

async function setReminders(run: Run): Promise<void> {
  const inZoe = within(run, 'zoe');
  assertCode(await run('remind', 'for the manager', '--in', '2h', '--agent', 'manager'), 0);
  assert.match(
    assertCode(await inZoe('remind', 'weekly', '--cron', '0 9 * * 1', '--zone', 'Asia/Kolkata'), 0).out,
    /reminder 2: due \d{4}-\d\d-\d\d 09:00:00 Asia\/Kolkata, then by "0 9 \* \* 1"/,
  );
  assert.match(
    assertCode(await inZoe('remind', 'x', '--cron', '61 * * * *'), 2).err,
    /cron "61 \* \* \* \*" cannot be/,
  );
  assert.match(assertCode(await run('remind', 'x', '--agent', 'zoe'), 2).err, /say when: --in 10m/);
  const own = JSON.parse(assertCode(await inZoe('reminders', 'list', '--json'), 0).out);
  assert.deepEqual([own.length, own[0].message, own[0].timezone], [1, 'weekly', 'Asia/Kolkata']);
  assert.match(assertCode(await inZoe('reminders', '--agent', 'manager'), 4).err, /an agent may name itself only/);
  assert.match(assertCode(await inZoe('reminders', 'cancel', '1'), 4).err, /reminder 1 is not yours/);
  assert.match(assertCode(await run('reminders'), 0).out, /1 +manager .*for the manager/);
  assert.match(assertCode(await run('reminders', 'cancel', '2'), 0).out, /reminder 2 of zoe is cancelled/);
  assertCode(await run('reminders', 'cancel', '2'), 4);
  assert.equal((await inZoe('reminders')).out, '(no pending reminders)');
}

/** Lines for people by default, what was written with --json. */
async function readLogs(run: Run): Promise<void> {
  const out = assertCode(await run('logs'), 0).out;
  assert.match(out, /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d container started  agent=zoe session=\d+$/m);
  assert.doesNotMatch(out, /"level"/);
  const written = assertCode(await run('logs', '--json'), 0)
    .out.split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(written.some(({ msg, agent }) => msg === 'container started' && agent === 'zoe'));
}

test('a hive by hand: up, status, an agent, a message, down, and up again', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hive-cli-'));
  const env = { HIVE_HOME: home };
  const run = (...args: string[]): Promise<CliResult> => hive(args, { env });
  try {
    const start = (): Promise<CliResult> => run('up', '--port', '0', '--forge-port', '0', '--manager', 'command');
    const ups = await Promise.all([start(), start()]);
    const [up, joined] = ups.toSorted((one, other) => one.out.indexOf('already') - other.out.indexOf('already'));
    assert.match(assertCode(joined!, 0).err, /✓ hive up of pid \d+/);
    assertCode(up!, 0);
    assert.match(
      up!.out,
      /dashboard {2}http:\/\/localhost:\d+\nforge {6}http:\/\/127\.0\.0\.1:\d+\nsign in as operator; first password: cat /,
    );
    assert.ok(up!.out.endsWith(`→ ${HIVE} agents add NAME, then ${HIVE} send NAME "…"`), up!.out);
    assert.match(assertCode(await run('up'), 0).out, /is up already/);
    for (const [option, what] of [
      ['--port', 'dashboard'],
      ['--forge-port', 'forge'],
    ] as const) {
      const refused = assertCode(await run('up', option, '1'), 4).err;
      assert.match(
        refused,
        new RegExp(`runs with its ${what} on port \\d+, not 1: \\S+ down, then \\S+ up ${option} 1`),
      );
    }
    assert.match(assertCode(await run('up', '--manager', 'claude'), 4).err, /manager\/agent\.yaml/);
    assert.match(
      assertCode(await run('up', '--gitea', '/no/gitea'), 4).err,
      /runs with the Gitea .*, then \S+ up --gitea/,
    );

    const status = JSON.parse(assertCode(await run('status', '--json'), 0).out);
    assert.equal(status.ready, true);
    assert.equal(status.agents[0].name, 'manager');

    const added = assertCode(await run('agents', 'add', 'zoe', '--runtime', 'command'), 0).out;
    assert.match(
      added,
      /^zoe has no command: .* its log \(\S+ logs zoe\) .*handled.* `command:` to zoe\/agent\.yaml of the repository hive\/agents$/m,
    );
    assert.match(assertCode(await run('send', 'zoe', 'hello'), 0).out, /message \d+ to zoe: stored/);
    await waitUntil('zoe printed the message', async () => (await run('logs', 'zoe')).out.includes('hello'));
    await readLogs(run);

    assert.match(assertCode(await run('send', 'nobody', 'hello'), 1).err, /nobody/);
    assert.match(assertCode(await run('agents', 'add', 'zoe', '--runtime', 'command'), 4).err, /zoe/);
    assert.match(
      assertCode(await run('agents', 'remove', 'manager'), 4).err,
      /if you mean it: .*remove manager --force/i,
    );
    assertCode(await run('agents', 'exec', 'zoe', '--', 'sh', '-c', 'exit 7'), 7);
    assert.match((await run('agents', 'exec', 'zoe', '--', 'cat', '/proc/net/dev')).out, /lo:/);
    assert.equal(assertCode(await run('agents', 'exec', 'zoe', 'ls', '-d', '/'), 0).out, '/');
    assert.match(
      assertCode(await run('agents', 'exec', 'zoe', '--', 'frobnicate'), 127).err,
      /^hive: there is no program "frobnicate" in this container$/,
    );
    assert.match(assertCode(await within(run, 'zoe')('up'), 4).err, /this is the operator’s: run it on the host/);
    assert.match(assertCode(await run('recv'), 4).err, /this is an agent’s: it runs inside a container/);
    assert.match(assertCode(await run('ask', 'what now?'), 2).err, /whom\? add --to NAME/);
    assert.equal((await run('parked')).out, '(no parked pairs)');
    assert.match(
      assertCode(await run('parked', 'release', '7'), 1).err,
      /there is no parked pair 7: `\S+ parked list`/,
    );
    await readMessages(run);
    await setReminders(run);
    assertCode(await run('doctor'), 0);
    const file = join(home, 'config.json');
    const config = await readFile(file, 'utf8');
    await writeFile(file, config.replace('"manager"', '"manger"'));
    const misspelled = /config\.json: unknown field "manger": did you mean manager\?/;
    assert.match(assertCode(await run('doctor'), 1).out, misspelled);

    assertCode(await run('down'), 0);
    for (const verb of ['up', 'doctor']) assert.match(assertCode(await run(verb), 2).err, misspelled);
    await writeFile(file, config);
    assert.match(assertCode(await run('status'), 3).err, /start it with .*hive up/);
    const started = performance.now();
    assertCode(await run('up'), 0);
    process.stdout.write(`second up: ${Math.round(performance.now() - started)} ms\n`);
    assert.equal(JSON.parse((await run('agents', 'list', '--json')).out).length, 2);
  } finally {
    const gone = await run('down', '--purge');
    await rm(home, { recursive: true, force: true });
    assertCode(gone, 0);
  }
});

test('without a hive: exit code 3 and the command that starts it', async () => {
  for (const args of [
    ['status'],
    ['send', 'alice', 'hi'],
    ['agents', 'list'],
    ['down'],
    ['threads'],
    ['inbox'],
    ['dead'],
    ['messages'],
    ['parked'],
  ]) {
    const { err } = assertCode(await hive(args), 3);
    assert.match(err, /start it with HIVE_HOME=\/nonexistent\/hive \S+\/hive up/);
    assert.doesNotMatch(err, /waiting/);
  }
});

test('a folder with files of somebody else is no home: up and down --purge leave it as it is', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hive-foreign-'));
  try {
    for (const [file, text] of [
      ['notes.txt', 'mine'],
      ['config.json', '{"port":8080}'],
    ] as const) {
      await writeFile(join(home, file), text);
      const before = await readdir(home);
      const up = assertCode(await hive(['up', '--home', home, '--port', '0', '--forge-port', '0']), 2);
      assert.ok(up.err.includes(`${home} is not empty and no hive's home`), up.err);
      const purge = assertCode(await hive(['down', '--purge', '--home', home]), 2);
      assert.ok(purge.err.includes(`${home} is no hive's home`), purge.err);
      assert.deepEqual(await readdir(home), before);
    }
  } finally {
    await hive(['down', '--home', home]);
    await rm(home, { recursive: true });
  }
});

test('down --purge deletes a stopped hive whose config.json is damaged', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hive-damaged-'));
  try {
    await writeFile(join(home, 'setup.json'), JSON.stringify({ node: { path: '/n', dir: '/', version: '24' } }));
    await writeFile(join(home, 'config.json'), '{');
    assertCode(await hive(['down', '--purge', '--home', home]), 0);
    assert.equal(existsSync(home), false);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test('wrong arguments: usage and exit code 2', async () => {
  for (const args of [
    ['send', 'alice'],
    ['frobnicate'],
    ['up', '--port', '70000'],
    ['answer', 'x', 'yes'],
    ['remind', 'x', '--in', 'soon'],
    ['remind', 'x', '--in', '400d', '--agent', 'alice'],
    ['ask', '--to', 'alice', 'x', '--deadline', '0'],
    ['dead', 'retry'],
    ['dead', 'retry', '1', '--agent', 'alice'],
    ['dead', 'retry', '0'],
    ['parked', 'release'],
    ['parked', 'release', '1', '1'],
    ['messages', '--max', '0'],
  ]) {
    assert.match(assertCode(await hive(args), 2).err, /Usage: \S*hive/);
  }
});

test('a word or an option that is none is told with the one that was meant', async () => {
  for (const [args, said] of [
    [['agent'], /^error: unknown command 'agent'\n\(Did you mean agents\?\)$/m],
    [['search', 'hello'], /^error: unknown command 'search'\n\(Did you mean messages --search\?\)$/m],
    [['restart', '--all'], /^error: unknown command 'restart'\n\(Did you mean agents restart\?\)$/m],
    [['cancel', '1'], /^error: unknown command 'cancel'\n\(Did you mean threads cancel, reminders cancel\?\)$/m],
    [['agents', 'lst'], /^error: unknown command 'lst'\n\(Did you mean list\?\)$/m],
    [['agents', 'ad', 'zoe', '--role', 'x'], /^error: unknown command 'ad'\n\(Did you mean add\?\)$/m],
    [['dead', 'retri', '1'], /^error: unknown command 'retri'\n\(Did you mean retry\?\)$/m],
    [['help', 'agents', 'stpo'], /^error: unknown command 'stpo'\n\(Did you mean stop\?\)$/m],
    [['parked', 'frobnicate'], /^error: unknown command 'frobnicate'$/m],
    [['up', '--prot', '1'], /^error: unknown option '--prot'\n\(Did you mean --port\?\)$/m],
    [['agents', 'add', 'zoe', '--egres', 'x'], /^error: unknown option '--egres'\n\(Did you mean --egress\?\)$/m],
  ] as const) {
    assert.match(assertCode(await hive([...args]), 2).err, said);
  }
  assert.match(assertCode(await hive(['help', 'agents', 'add']), 0).out, /^Usage: \S+ agents add /);
});

test('values that cannot be are named with what is wrong', async () => {
  for (const [args, said] of [
    [
      ['agents', 'add', 'zoe', '--runtime', 'command', '--model', 'x'],
      /--model belongs to --runtime claude, not to command/,
    ],
    [['agents', 'add', 'zoe', '--prompt-file', '/nowhere'], /--prompt-file \/nowhere cannot be read \(ENOENT\)/],
    [['up', '--home', HIVE], /cannot be a hive's home \(it is no folder\): choose another with --home or HIVE_HOME/],
    [['up', '--home', '/proc/hive'], /^hive: \/proc\/hive cannot be a hive's home \(no folder can be made there\)/],
    [['ask', 'why?'], /^hive: whom\? add --to NAME$/m],
    [['demo', '--home', '/nowhere'], /makes a home of its own: leave out --home/],
  ] as const) {
    assert.match(assertCode(await hive([...args]), 2).err, said);
  }
  const env = { HIVE_GITEA_FROM: 'moon' };
  const home = await mkdtemp(join(tmpdir(), 'hive-moon-'));
  try {
    const up = assertCode(await hive(['up', '--home', home, '--port', '0', '--forge-port', '0'], { env }), 2);
    assert.match(
      up.err,
      /^hive: HIVE_GITEA_FROM "moon" is refused: it must be one of auto, build, download; correct or unset it$/m,
    );
  } finally {
    await rm(home, { recursive: true });
  }
});

test('names that no agent may have are refused with the rule', async () => {
  for (const name of ['../evil', 'hive', 'api', '-x', 'Alice', 'a'.repeat(32), 'operator']) {
    const refused = assertCode(await hive(['agents', 'add', name, '--runtime', 'command']), 2);
    assert.match(refused.err, /a lower-case letter, then up to 30 lower-case letters/);
    assert.ok(refused.err.includes(`"${name}"`));
  }
});
