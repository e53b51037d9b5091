import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveView } from '#src/web/live/live-view.ts';
import type { LiveViewOptions, RenderedPart } from '#src/web/live/live-view.ts';
import { waitUntil } from '../../../support/wait.ts';

interface Watched {
  view: ReturnType<typeof liveView>;
  sent: [part: string, seq: number | undefined][];
  renders(): number;
}

function watch(
  render: () => RenderedPart[],
  failed: LiveViewOptions['failed'] = assert.fail,
  lookMs?: number,
): Watched {
  const sent: Watched['sent'] = [];
  let renders = 0;
  const view = liveView({
    async render() {
      renders++;
      return render();
    },
    send: (part, seq) => sent.push([`${part.name}: ${part.html}`, seq]),
    failed,
    delayMs: 5,
    ...(lookMs !== undefined && { lookMs }),
  });
  return { view, sent, renders: () => renders };
}

test('a burst of events makes one update, with the number of the last', async () => {
  const { view, sent, renders } = watch(() => [{ name: 'flow', html: 'x' }]);
  for (const seq of [1, 2, 3]) view.touch(seq);
  await waitUntil('it is sent', () => sent.length);
  assert.deepEqual([sent, renders()], [[['flow: x', 3]], 1]);
  view.stop();
});

test('only what changed is sent, and the passing of time is no change', async () => {
  let messages = 1;
  const { view, sent, renders } = watch(() => [
    { name: 'flow', html: `${messages} messages` },
    { name: 'agents', html: `<time datetime="x">${messages}s</time>` },
  ]);
  view.touch(1);
  await waitUntil('both are sent', () => sent.length === 2);
  messages = 2;
  view.touch(2);
  await waitUntil('it is rendered again', () => renders() === 2 && sent.length === 3);
  assert.deepEqual(sent.at(-1), ['flow: 2 messages', 2]);
  view.stop();
});

test('what no event tells is looked for, and only a change is sent', async () => {
  let full = false;
  const { view, sent, renders } = watch(
    () => [{ name: 'needs', html: full ? 'the disk is full' : 'calm' }],
    assert.fail,
    5,
  );
  await waitUntil('it looked more than once', () => renders() > 1);
  assert.deepEqual(sent, [['needs: calm', undefined]]);
  full = true;
  await waitUntil('the change is sent', () => sent.length === 2);
  assert.equal(sent[1]?.[0], 'needs: the disk is full');
  view.stop();
});

test('what changes while a page is rendered is shown by the next rendering', async () => {
  let value = 'old';
  const { view, sent } = watch(() => {
    const html = value;
    if (value === 'old') {
      value = 'new';
      view.touch(2);
    }
    return [{ name: 'flow', html }];
  });
  view.touch(1);
  await waitUntil('the new one is sent', () => sent.length === 2);
  assert.deepEqual(sent, [
    ['flow: old', 1],
    ['flow: new', 2],
  ]);
  view.stop();
});

test('a failure is told once and ends the updates', async () => {
  const failures: unknown[] = [];
  const watched = watch(
    () => {
      throw new Error('the daemon is away');
    },
    (error) => failures.push(error),
  );
  watched.view.touch(1);
  await waitUntil('the failure is told', () => failures.length);
  watched.view.touch(2);
  assert.deepEqual([failures.length, watched.renders(), watched.sent], [1, 1, []]);
});
