import { makePlace } from './place.ts';

/**
 * A daemon in miniature, as a process that a test may kill. `start DIR ID SCRIPT STDIN` starts a container and stays; `wait DIR HANDLE` waits for one that
 * another process started; `run DIR ID SCRIPT` sees one through from start to cleanup; `probe DIR` asks whether there can be any. Each prints one JSON line.
 */
async function main([action, dir, ...rest]: string[]): Promise<void> {
  const place = await makePlace(dir);
  const { engine } = place;
  const long = AbortSignal.timeout(60_000);
  // What waits for a container keeps no process alive: here this does.
  const alive = setTimeout(() => undefined, 60_000);
  if (action === 'start') {
    const [id = '', script = '', stdin = ''] = rest;
    if (stdin === 'announce') print({ starting: id });
    print({ handle: await engine.start(place.spec(id, script, { stdin })) });
    return;
  }
  if (action === 'wait') {
    const [handle = ''] = rest;
    const before = await engine.inspect(handle);
    print({ before, end: await engine.wait(handle, long) });
  }
  if (action === 'run') {
    const [id = '', script = ''] = rest;
    const handle = await engine.start(place.spec(id, script));
    const end = await engine.wait(handle, long);
    await engine.cleanup(handle);
    print({ end, log: place.log(id), unenforced: await engine.unenforced(), probe: await engine.probe() });
  }
  if (action === 'probe') print(await engine.probe());
  clearTimeout(alive);
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

await main(process.argv.slice(2));
