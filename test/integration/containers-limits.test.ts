import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { makePlace, runInContainer, type Place } from '../support/containers/place.ts';
import { untilNoTraces } from '../support/containers/traces.ts';
import { waitUntil } from '../support/wait.ts';

describe('the limits of a container', () => {
  let place: Place;
  const long = AbortSignal.timeout(120_000);
  before(async () => {
    place = await makePlace();
  });
  after(() => place[Symbol.asyncDispose]());
  afterEach(async () => {
    await untilNoTraces(place);
  });

  /** Whether this machine enforces a kind of limit; where not, the engine must say so. */
  const enforced = async (kind: string): Promise<boolean> => {
    const missing = await place.engine.unenforced();
    return !missing.some((words) => words.startsWith(kind));
  };

  it('stop a fork bomb, with another container working on beside it', async () => {
    const bomb =
      'perl -e \'$| = 1; $n = 0; while (defined($p = fork)) { $p or sleep 300; $n++ } print "$n ", $! + 0, "\\n"; sleep 300\'';
    const limits = { memoryMb: 512, processes: 64, cpuPercent: 100 };
    const handle = await place.engine.start(place.spec('bomb', bomb, { limits }));
    const said = await waitUntil('the bomb to be stopped', () => place.log('bomb').trim());
    const beside = await runInContainer(place, 'beside', 'for i in 1 2 3 4 5; do /bin/true & done; wait; echo fine');
    await place.engine.kill(handle);
    await place.engine.cleanup(handle);
    const [forks, error] = said.split(' ').map(Number);
    const EAGAIN = 11;
    assert.equal(error, EAGAIN);
    assert.ok(forks! >= 32 && forks! < 64, said);
    assert.equal(beside, 'fine\n');
  });

  it('end a memory hog alone when something else in its container can go on', async () => {
    if (!(await enforced('memory'))) return;
    const hog = "node -e 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))'; echo hog ended with $?";
    const limits = { memoryMb: 160, processes: 64, cpuPercent: 200 };
    assert.match(await runInContainer(place, 'hog', hog, { limits }), /hog ended with 137/);
  });

  it('say that it was memory when the container itself had to go', async () => {
    if (!(await enforced('memory'))) return;
    const script = "exec node -e 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))'";
    const limits = { memoryMb: 160, processes: 64, cpuPercent: 200 };
    const handle = await place.engine.start(place.spec('lost', script, { limits }));
    const end = await place.engine.wait(handle, long);
    await place.engine.cleanup(handle);
    assert.deepEqual(end, { exitCode: 137, reason: 'out of memory: the kernel ended it at its limit of 160 MiB' });
  });

  it('leave the processor to others', async () => {
    if (!(await enforced('processor'))) return;
    const burn = `perl -MTime::HiRes=time -e '$end = time + 2; 1 while time < $end; ($user, $system) = times; print $user + $system, "\\n"'`;
    const limits = { memoryMb: 512, processes: 64, cpuPercent: 25 };
    const seconds = Number(await runInContainer(place, 'burner', burn, { limits }));
    assert.ok(seconds < 0.9, `2 s at 25 % took ${seconds} s of the processor`);
  });

  it('bound what fits into the folders in memory', async () => {
    const script =
      'for f in /tmp /dev/shm; do head -c 300000000 /dev/zero 2>/dev/null >$f/x; stat -c %s $f/x; rm $f/x; done; df /run | tail -1';
    const [tmp, shm] = (await runInContainer(place, 'filler', script)).split('\n').map(Number);
    assert.equal(tmp, 256 * 1024 * 1024);
    assert.equal(shm, 64 * 1024 * 1024);
  });
});
