import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { HarnessConfig } from '#src/protocol/methods/harness.ts';
import { claudeBinary } from '../support/claude.ts';
import { received, startRig } from '../support/harness.ts';
import type { HarnessRig, TurnEnd } from '../support/harness.ts';
import { script, startScriptedModel } from '../support/scripted-model.ts';
import type { ScriptedModel } from '../support/scripted-model.ts';
import { waitUntil } from '../support/wait.ts';

/** Like assert.match and doesNotMatch, without printing a whole request. */
function mentions(text: string | undefined, what: RegExp, wanted = true): void {
  assert.equal(what.test(text ?? ''), wanted, `${wanted ? 'missing' : 'found'}: ${what}`);
}

const MODEL = 'claude-sonnet-5-5';

/** The bodies of the model's requests. */
const asked = (model: ScriptedModel): string[] =>
  model.requests.filter(({ url }) => url.includes('/messages')).map(({ body }) => JSON.stringify(body));

describe('a harness with the claude runtime', { timeout: 120_000 }, () => {
  let claude: string;
  before(async () => (claude = await claudeBinary()));

  interface Scene extends AsyncDisposable {
    rig: HarnessRig;
    model: ScriptedModel;
    /** Wakes it and waits for the report of that turn's end. */
    turn(...bodies: string[]): Promise<TurnEnd>;
  }

  async function scene(config: Partial<HarnessConfig> = {}, env: Record<string, string> = {}): Promise<Scene> {
    const rig = await startRig({ runtime: 'claude', login: 'api_key', model: MODEL, ...config });
    const model = await startScriptedModel();
    rig.daemon.services['model'] = Number(new URL(model.url).port);
    rig.start({ HIVE_CLAUDE: claude, ...env });
    return {
      rig,
      model,
      async turn(...bodies) {
        const turn = rig.wake(...bodies);
        const end = await waitUntil('the end of the turn', () => rig.ends().find((end) => end.turn === turn));
        return end;
      },
      async [Symbol.asyncDispose]() {
        await rig[Symbol.asyncDispose]();
        await model[Symbol.asyncDispose]();
      },
    };
  }

  test('runs a turn, tells what it does and meters it; the second turn uses the warm process', async () => {
    await using s = await scene();
    const end = await s.turn(script({ tool: 'Bash', input: { command: 'echo $((6*7)) > answer' } }, { text: 'done' }));
    assert.equal(end.outcome, 'ok', JSON.stringify(end));
    assert.deepEqual(end.presented, [1]);
    assert.deepEqual(end.tools, { Bash: 1 });
    assert.equal(end.model, MODEL);
    assert.deepEqual(end.tokens, { input: 200, output: 20, cache_read: 0, cache_write: 0 });
    assert.equal(await readFile(join(s.rig.state, 'answer'), 'utf8'), '42\n');
    const said = s.rig.activities().map(({ phase, activity }) => `${phase} ${activity}`);
    assert.ok(said.includes('tool Bash: echo $((6*7)) > answer'), said.join('\n'));

    const second = await s.turn(script({ text: 'again' }));
    assert.deepEqual([second.outcome, second.tokens], ['ok', { input: 100, output: 10, cache_read: 0, cache_write: 0 }]); // prettier-ignore
    assert.equal(s.rig.log().match(/runtime started/g)?.length, 1);
    mentions(asked(s.model).at(-1), /6\*7/);
  });

  test('a changed prompt starts another process that resumes the session', async () => {
    await using s = await scene();
    await s.turn(script({ text: 'the warp' }));
    s.rig.daemon.order({ type: 'config', config: { ...s.rig.config, prompt: 'You are alice the second.' } });
    const end = await s.turn(script({ text: 'second' }));
    assert.equal(end.outcome, 'ok');
    mentions(asked(s.model).at(-1), /alice the second/);
    mentions(asked(s.model).at(-1), /the warp/);
  });

  test('a session that the CLI does not know any more is replaced by a new one in the same turn', async () => {
    await using s = await scene({}, { HIVE_WARM_MS: '0' });
    await s.turn(script({ text: 'the warp' }));
    const file = join(s.rig.state, '../harness/claude-session.json');
    await writeFile(file, JSON.stringify({ id: randomUUID() }));
    const end = await s.turn(script({ text: 'the weft' }));
    assert.deepEqual([end.outcome, end.error], ['ok', null]);
    mentions(asked(s.model).at(-1), /the warp/, false);
    assert.match(s.rig.log(), /the session is lost/);
    assert.equal((await s.turn(script({ text: 'third' }))).outcome, 'ok');
    mentions(asked(s.model).at(-1), /the weft/);
  });

  test('sees skills and its own notes, and not settings that an agent left there', async () => {
    await using s = await scene();
    const skill = join(s.rig.folder, 'docs', 'skills', 'weaving');
    await mkdir(skill, { recursive: true });
    await writeFile(join(skill, 'SKILL.md'), '---\nname: weaving\ndescription: How to weave\n---\nWeave.\n');
    await mkdir(s.rig.state, { recursive: true });
    await writeFile(join(s.rig.state, 'CLAUDE.md'), 'The loom is red.\n');
    await mkdir(join(s.rig.state, '../harness/claude'), { recursive: true });
    await writeFile(join(s.rig.state, '../harness/claude/settings.json'), '{"model":"sabotage"}');
    await s.turn(script({ text: 'ok' }));
    const [request] = asked(s.model);
    mentions(request, /How to weave/);
    mentions(request, /The loom is red/);
    mentions(request, /sabotage/, false);
  });

  test('speaks the tools of the hive, keyed by the call; a recv counts as presented when its result was seen', async () => {
    await using s = await scene();
    const { answers } = s.rig.daemon;
    answers['send'] = () => ({ id: 9, recipients: ['bob'], parked: false, note: null });
    answers['recv'] = () => ({ messages: [received(50, { body: 'x'.repeat(100) }), received(51, { body: 'wide '.repeat(8000) })], remaining: 0, note: null }); // prettier-ignore
    const end = await s.turn(
      script(
        { tool: 'mcp__hive__send', input: { to: 'bob', body: 'hello bob' } },
        { tool: 'mcp__hive__recv', input: { max: 2 } },
        { text: 'done' },
      ),
    );
    const [send] = s.rig.daemon.of('send');
    assert.equal(send?.input['turn'], end.turn);
    assert.match(String(send?.input['key']), new RegExp(`^turn-${end.turn}:toolu_`));
    mentions(asked(s.model).at(-1), /Sent as #9 to bob/);
    assert.deepEqual(end.presented, [1, 50], 'the long one was not shown whole');
    assert.deepEqual(
      s.rig.daemon.of('presented').map(({ input }) => input),
      [1, 50].map((delivery) => ({ turn: end.turn, deliveries: [delivery] })),
      'told at once, for the case that the container dies',
    );
    assert.deepEqual(end.tools, { mcp__hive__send: 1, mcp__hive__recv: 1 });
  });

  test('an error of the hive reaches the model as an error with its fix', async () => {
    await using s = await scene();
    await s.turn(script({ tool: 'mcp__hive__send', input: { to: 'zoe', body: 'x' } }, { text: 'done' }));
    mentions(asked(s.model).at(-1), /the script has no answer to send/);
    mentions(asked(s.model).at(-1), /"is_error":true/);
  });

  test('mail that arrives during the turn is told once after a tool and once before the end', async () => {
    await using s = await scene();
    let count = 0;
    s.rig.daemon.answers['mail_waiting'] = () => ({ count, senders: ['bob'] });
    s.rig.daemon.answers['set_status'] = () => ((count = 1), {});
    s.rig.daemon.answers['remind'] = () => ((count = 2), { id: 1, due_at: 0 });
    await s.turn(
      script(
        { tool: 'mcp__hive__set_status', input: { text: 'weaving' } },
        { tool: 'Bash', input: { command: 'true' } },
        { text: 'done' },
        { text: 'really done' },
      ),
    );
    const last = asked(s.model).at(-1)!;
    assert.equal(last.match(/A new message from bob arrived/g)?.length, 1);
    assert.equal(asked(s.model).length, 3, 'told already: the Stop hook lets it end');

    s.rig.daemon.answers['mail_waiting'] = ({ input }) => ({
      count: input['turn'] === s.rig.ends()[0]?.turn ? 0 : 1,
      senders: ['bob'],
    });
    await s.turn(script({ text: 'done' }, { text: 'really done' }));
    mentions(asked(s.model).at(-1), /Stop hook feedback[^]*A new message from bob/);
  });

  test('names the outcome of what the provider refuses', async () => {
    await using s = await scene({ login: 'oauth_token' });
    const start = Date.now();
    const limited = await s.turn(script({ status: 429, type: 'rate_limit_error', headers: { 'retry-after': '1' } }));
    assert.equal(limited.outcome, 'rate_limited');
    assert.ok((limited.resume_at ?? 0) >= start + 60_000);
    const resets = Math.floor(start / 1000) + 7200;
    const unified = {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': `${resets}`,
    };
    const named = await s.turn(script({ status: 429, type: 'rate_limit_error', headers: { 'retry-after': '7200', ...unified } })); // prettier-ignore
    assert.deepEqual([named.outcome, named.resume_at], ['rate_limited', resets * 1000]);
    const login = await s.turn(script({ status: 403, type: 'permission_error', message: 'no' }));
    assert.equal(login.outcome, 'needs_login');
    const odd = await s.turn(script({ status: 404, type: 'not_found_error', message: 'no such model' }));
    assert.equal(odd.outcome, 'failed');
    assert.match(odd.error ?? '', /selected model/);
  });

  test('a full context is compacted and the turn tried once more', async () => {
    await using s = await scene();
    await s.turn(script({ text: 'before' }));
    const tooLong = {
      status: 400,
      type: 'invalid_request_error',
      message: 'prompt is too long: 300000 tokens > 200000 maximum',
    };
    const end = await s.turn(script({ ...tooLong, times: 1, then: 'fits now' }));
    assert.equal(end.outcome, 'ok', JSON.stringify(end));
  });

  test('a cancelled turn is interrupted, and the process stays for the next', async () => {
    await using s = await scene();
    const turn = s.rig.wake(
      script({ tool: 'Bash', input: { command: 'sleep 600', timeout: 590_000 } }, { text: 'done' }),
    );
    await waitUntil('the tool', () => s.rig.activities().some(({ phase }) => phase === 'tool'));
    s.rig.daemon.order({ type: 'cancel_turn', turn, reason: 'paused' });
    const end = await waitUntil('the end', () => s.rig.ends()[0]);
    assert.deepEqual([end.outcome, end.presented], ['cancelled', [1]]);
    assert.equal((await s.turn(script({ text: 'on' }))).outcome, 'ok');
  });

  test('F30: a background task extends the turn by its second result', async () => {
    await using s = await scene();
    const end = await s.turn(
      script(
        {
          tool: 'Bash',
          input: { command: 'until [ -e go ]; do sleep 0.05; done; echo woven', run_in_background: true },
        },
        { tool: 'Bash', input: { command: '(sleep 0.5; touch go) >/dev/null 2>&1 & true' } },
        { text: 'waiting' },
        { text: 'it is woven' },
      ),
    );
    assert.equal(end.outcome, 'ok');
    mentions(asked(s.model).at(-1), /completed/);
    assert.equal(end.tokens?.input, 400);
  });

  test('without a credential no process is started; a killed runtime is a failed turn', async () => {
    await using s = await scene({ login: null });
    assert.equal((await s.turn('hello')).outcome, 'needs_login');
    assert.doesNotMatch(s.rig.log(), /runtime started/);
    s.rig.daemon.order({ type: 'config', config: { ...s.rig.config, login: 'oauth_token' } });
    const end = await s.turn(script({ tool: 'Bash', input: { command: 'kill -9 $PPID; sleep 1' } }));
    assert.equal(end.outcome, 'failed');
    assert.match(end.error ?? '', /without a result[^]*SIGKILL/);
    const after = await s.turn(script({ text: 'back' }));
    assert.equal(after.outcome, 'ok');
    assert.match(String(s.model.requests[0]?.headers['authorization']), /^Bearer /);
  });
});
