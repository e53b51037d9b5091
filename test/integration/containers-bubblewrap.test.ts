import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { after, afterEach, before, describe, it } from 'node:test';
import type { ContainerEnd } from '#src/daemon/containers/engine.ts';
import { endReason } from '#src/daemon/containers/engines/bubblewrap/end-reason.ts';
import {
  answerOf,
  drive,
  driveOrdinary,
  driveWithoutNamespaces,
  finalAnswerOf,
  killHard,
} from '../support/containers/driven.ts';
import { makePlace, runInContainer, type Place } from '../support/containers/place.ts';
import { traces, untilNoTraces } from '../support/containers/traces.ts';
import { waitUntil } from '../support/wait.ts';

/** Waits inside for a file that the test makes, at most 30 s. */
const untilFile = (name: string): string => `for i in $(seq 600); do [ -e ~/${name} ] && break; sleep 0.05; done`;

const unknown = { exitCode: null, oomKills: 0, memoryMb: 512 };

describe('the bubblewrap engine', () => {
  let place: Place;
  const long = AbortSignal.timeout(120_000);
  before(async () => {
    place = await makePlace();
  });
  after(() => place[Symbol.asyncDispose]());
  afterEach(async () => {
    await untilNoTraces(place);
    assert.deepEqual(readdirSync(join(place.dir, 'records')), []);
  });

  const go = (name: string): void => writeFileSync(join(place.dir, 'state', name), '');
  const read = (name: string): string => readFileSync(join(place.dir, 'state', name), 'utf8');
  const has = (name: string): boolean => existsSync(join(place.dir, 'state', name));

  it('hands text over that is nowhere to be read afterwards', async () => {
    const secret = 'nonce-5d41402abc4b2a76b9719d911017c592';
    const script = `read -r nonce; echo \${#nonce} >~/got; exec </dev/null; unset nonce
      cat /proc/*/cmdline /proc/*/environ /proc/*/fd/0 >~/seen 2>/dev/null; ${untilFile('enough')}`;
    const handle = await place.engine.start(place.spec('handed', script, { stdin: `${secret}\n` }));
    await waitUntil('the container has looked', () => has('seen'));
    const { inner } = JSON.parse(handle) as { inner: { pid: number } };
    const outside = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${inner.pid}/${name}`, 'utf8')).join('');
    const records = readdirSync(join(place.dir, 'records', 'handed')).map((name) =>
      readFileSync(join(place.dir, 'records', 'handed', name), 'utf8'),
    );
    go('enough');
    await place.engine.wait(handle, long);
    await place.engine.cleanup(handle);
    assert.equal(read('got').trim(), String(secret.length));
    for (const text of [read('seen'), outside, handle, ...records]) assert.ok(!text.includes(secret));
  });

  it('lets a container outlive the process that started it and another one learn its exit code', async () => {
    const starter = drive(['start', place.dir, 'adopted', `${untilFile('adopted-go')}; exit 42`]);
    const { handle } = await answerOf<{ handle: string }>(starter);
    await killHard(starter);
    const found = await place.engine.inspect(handle);
    assert.equal(found.alive, true);
    const ended = place.engine.wait(handle, long);
    go('adopted-go');
    assert.deepEqual(await ended, { exitCode: 42, reason: 'exited with code 42' });
    await place.engine.cleanup(handle);
  });

  it('tells the exit code of a container that ended while nobody looked', async () => {
    const starter = drive(['start', place.dir, 'unseen', `${untilFile('unseen-go')}; exit 42`]);
    const { handle } = await answerOf<{ handle: string }>(starter);
    const { outer } = JSON.parse(handle) as { outer: { pid: number; startTime: string } };
    await killHard(starter);
    go('unseen-go');
    await waitUntil('its end', () => !place.host.processes.isAlive(outer));
    const { before: state, end } = await finalAnswerOf<{ before: object; end: ContainerEnd }>(
      drive(['wait', place.dir, handle]),
    );
    assert.deepEqual(state, { alive: false, exitCode: 42, reason: 'exited with code 42' });
    assert.equal(end.exitCode, 42);
    await place.engine.cleanup(handle);
  });

  it('does not take a stranger with the same pid for a container, nor touch it', async () => {
    const handle = await place.engine.start(place.spec('stranger', 'exit 0'));
    await place.engine.wait(handle, long);
    const record = JSON.parse(handle) as { inner: object; outer: object };
    const mistaken = { pid: process.pid, startTime: '1' };
    rmSync(join(place.dir, 'records', 'stranger', 'status.json'));
    const state = await place.engine.inspect(JSON.stringify({ ...record, inner: mistaken, outer: mistaken }));
    assert.deepEqual(state, { alive: false, exitCode: null, reason: endReason({ ...unknown, sameBoot: true }) });
    const older = await place.engine.inspect(JSON.stringify({ ...record, bootId: 'another' }));
    assert.deepEqual(older, { alive: false, exitCode: null, reason: endReason({ ...unknown, sameBoot: false }) });
    await place.engine.cleanup(handle);
  });

  it('ends what a container left running when its first process is gone', async () => {
    const handle = await place.engine.start(place.spec('leftover', 'setsid sleep 300 & exit 3'));
    const end = await place.engine.wait(handle, long);
    assert.equal(end.exitCode, 3);
    const { inner } = JSON.parse(handle) as { inner: { pid: number; startTime: string } };
    assert.equal(place.host.processes.isAlive(inner), false);
    await place.engine.cleanup(handle);
  });

  it('asks nicely, then kills whatever does not listen', async () => {
    const polite = await place.engine.start(
      place.spec('polite', `trap 'exit 7' TERM; touch ~/polite; ${untilFile('never')}`),
    );
    await waitUntil('the trap is set', () => has('polite'));
    await place.engine.terminate(polite);
    assert.equal((await place.engine.wait(polite, long)).exitCode, 7);
    await place.engine.cleanup(polite);

    const deaf = await place.engine.start(
      place.spec('deaf', "trap '' TERM; (trap '' TERM HUP; exec setsid sleep 300) & touch ~/deaf; sleep 300"),
    );
    await waitUntil('the trap is set', () => has('deaf'));
    await place.engine.terminate(deaf);
    assert.equal((await place.engine.inspect(deaf)).alive, true);
    assert.deepEqual(await place.engine.kill(deaf), { exitCode: 137, reason: 'ended by SIGKILL' });
    await place.engine.cleanup(deaf);
  });

  it('notices that a container was killed together with its bubblewrap', async () => {
    const handle = await place.engine.start(place.spec('both', 'sleep 300'));
    const { inner, outer } = JSON.parse(handle) as Record<'inner' | 'outer', { pid: number }>;
    const ended = place.engine.wait(handle, long);
    process.kill(outer.pid, 'SIGKILL');
    process.kill(inner.pid, 'SIGKILL');
    assert.deepEqual(await ended, { exitCode: null, reason: endReason({ ...unknown, sameBoot: true }) });
    await place.engine.cleanup(handle);
  });

  it('sweeps away a container that nobody recorded, with a handle, without, and by its control group alone', async () => {
    const kept = await place.engine.start(place.spec('kept', 'sleep 300'));
    await place.engine.sweep(join(place.dir, 'records'), new Set(['kept']));
    assert.equal((await place.engine.inspect(kept)).alive, true);
    if ((await place.engine.unenforced()).every((words) => !words.startsWith('memory'))) {
      rmSync(join(place.dir, 'records', 'kept'), { recursive: true });
    }
    for (const id of ['orphan', 'nameless']) {
      const starter = drive(['start', place.dir, id, 'setsid sleep 300 & sleep 300']);
      await answerOf(starter);
      await killHard(starter);
      if (id === 'nameless') rmSync(join(place.dir, 'records', id, 'handle.json'));
      await place.engine.sweep(join(place.dir, 'records'), new Set());
    }
  });

  it('leaves nothing behind when it is killed at any moment of a start', async () => {
    for (const [round, delay] of [0, 2, 4, 6, 8, 10, 14, 18, 24, 32, 48].entries()) {
      const id = `cut-${round}`;
      const starter = drive(['start', place.dir, id, 'setsid sleep 300 & sleep 300', 'announce']);
      await answerOf(starter);
      await setTimeout(delay);
      await killHard(starter);
      await place.engine.sweep(join(place.dir, 'records'), new Set());
      await waitUntil(`no trace of ${id}`, () => traces(place.dir).length === 0, 3000);
    }
  });

  it('says why a container could not start and leaves nothing behind', async () => {
    const spec = place.spec('impossible', 'true');
    const binds = [{ source: join(place.dir, 'nowhere'), target: '/x', writable: false }];
    await assert.rejects(
      async () => {
        const handle = await place.engine.start({ ...spec, binds });
        const end = await place.engine.wait(handle, long);
        await place.engine.cleanup(handle);
        throw new Error(`ended with ${end.exitCode}: ${place.log('impossible')}`);
      },
      { message: /nowhere/ },
    );
  });

  it('works for an ordinary user too, and says what that user cannot have', async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'hive-ordinary-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const script = 'grep -E "Seccomp:|CapEff" /proc/self/status; ls /agents/alice; exit 42';
    const child = driveOrdinary(dir, ['run', dir, 'rootless', script]);
    const said = await finalAnswerOf<{ end: ContainerEnd; log: string; unenforced: string[]; probe: object }>(child);
    assert.equal(said.end.exitCode, 42, said.log);
    assert.match(said.log, /CapEff:\t0{16}\nSeccomp:\t2\nstate\n/);
    assert.deepEqual(said.probe, { ok: true, detail: 'sandboxes start' });
    assert.ok(said.unenforced.some((words) => words.startsWith('a host user per agent')));
    assert.deepEqual(traces(dir), []);
  });

  it('names the fix where the host refuses user namespaces', async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'hive-refused-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const verdict = await finalAnswerOf<{ ok: boolean; fix: string }>(driveWithoutNamespaces(['probe', dir]));
    assert.equal(verdict.ok, false);
    assert.match(verdict.fix, /user\.max_user_namespaces/);
  });

  it('starts and ends many at once', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `many-${index}`);
    const said = await Promise.all(ids.map((id) => runInContainer(place, id, `echo ${id}`)));
    assert.deepEqual(
      said,
      ids.map((id) => `${id}\n`),
    );
  });

  it('runs as the given host user, or as the own one without root', async () => {
    const handle = await place.engine.start(place.spec('owned', `touch ~/owned; ${untilFile('owned-go')}`));
    await waitUntil('it runs', () => has('owned'));
    const { inner } = JSON.parse(handle) as { inner: { pid: number } };
    const uids = /^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${inner.pid}/status`, 'utf8'));
    assert.equal(uids?.[1], String(place.uid ?? process.getuid?.()));
    go('owned-go');
    await place.engine.wait(handle, long);
    await place.engine.cleanup(handle);
  });
});
