import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HiveError } from '#src/lib/errors.ts';
import { mailNotice } from '#src/harness/hooks/mail.ts';
import type { Link } from '#src/harness/link.ts';
import { newTurn } from '#src/harness/turn/current-turn.ts';

/** A link whose daemon says that `mail.count` messages wait. */
function desk(mail: { count: number; down?: boolean }) {
  const call = async () => {
    if (mail.down) throw new HiveError('unavailable', 'down');
    return { value: { count: mail.count, senders: ['bob'] }, retries: 0 };
  };
  const slot = { current: newTurn(1, () => {}) };
  const link = { call } as unknown as Link;
  const hook = (hook_event_name: string) => mailNotice(link, slot, { hook_event_name });
  return { hook, slot };
}

describe('news of mail', () => {
  test('come once per arrival after a tool, and a Stop that was told already may stop', async () => {
    const mail = { count: 1 };
    const { hook } = desk(mail);
    assert.match(JSON.stringify(await hook('PostToolUse')), /A new message from bob.*recv\(max: 1\)/);
    assert.deepEqual(await hook('PostToolUse'), {});
    assert.deepEqual(await hook('Stop'), {});
    mail.count = 3;
    assert.match(JSON.stringify(await hook('Stop')), /"decision":"block".*3 new messages/);
    mail.count = 0;
    assert.deepEqual(await hook('PostToolUse'), {});
    mail.count = 1;
    assert.match(JSON.stringify(await hook('PostToolUse')), /A new message/, 'it took the others: this one is new');
  });

  test('keep a turn going a few times at the most', async () => {
    const mail = { count: 0 };
    const { hook } = desk(mail);
    const answers = [];
    for (mail.count = 1; mail.count <= 5; mail.count++) answers.push('decision' in (await hook('Stop')));
    assert.deepEqual(answers, [true, true, true, false, false]);
  });

  test('never hold a turn up: no daemon, no turn and other hooks mean no news', async () => {
    const { hook, slot } = desk({ count: 1, down: true });
    assert.deepEqual(await hook('PostToolUse'), {});
    assert.deepEqual(await desk({ count: 1 }).hook('SessionStart'), {});
    slot.current = undefined as never;
    assert.deepEqual(await hook('Stop'), {});
  });
});
