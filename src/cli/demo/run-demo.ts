import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withOperator } from '../connection.ts';
import { readEnvironment, type Environment } from '../environment.ts';
import type { Progress } from '../progress.ts';
import { bringUp } from '../up/bring-up.ts';
import { takeDown } from '../up/take-down.ts';
import { SCRIPTS, stage } from './stage.ts';
import type { Verdict } from './verdict.ts';
import type { StepReport } from './watch-story.ts';

/** How to run the demo. */
export interface DemoOptions {
  keep: boolean;
  progress: Progress;
  report: (step: StepReport) => void;
  /** Ends the demo early with its reason; what it made is taken away all the same. */
  signal: AbortSignal;
}

/** How it went. */
export interface DemoResult extends Verdict {
  ok: boolean;
  steps: number;
  ms: number;
  dashboard: string;
  forge: string;
  home: string;
}

/** Runs the demo in a throw-away home; unless `keep`, nothing of it is left, also after a failure. */
export async function runDemo(env: NodeJS.ProcessEnv, options: DemoOptions): Promise<DemoResult> {
  const home = await mkdtemp(join(tmpdir(), 'hive-demo-'));
  const environment = readEnvironment(env, home);
  let kept = false;
  try {
    const result = await play(environment, options);
    kept = options.keep;
    return result;
  } catch (error) {
    options.signal.throwIfAborted();
    throw error;
  } finally {
    if (!kept) await takeAway(environment);
  }
}

/** Leaves nothing behind, whatever state the demo was in. */
async function takeAway(environment: Environment): Promise<void> {
  if (existsSync(join(environment.home, 'setup.json'))) await takeDown(environment, { purge: true, containers: true });
  else await rm(environment.home, { recursive: true, force: true });
}

async function play(environment: Environment, options: DemoOptions): Promise<DemoResult> {
  const started = performance.now();
  let steps = 0;
  const report = (step: StepReport): void => {
    steps++;
    options.report(step);
  };
  const { status } = await bringUp(environment, {
    progress: options.progress,
    signal: options.signal,
    claude: false,
    port: 0,
    forgePort: 0,
    manager: { runtime: 'command', command: ['bash', `${SCRIPTS}/manager.sh`] },
  });
  const base = status.urls;
  report({
    step: 'a hive of its own is up',
    ok: true,
    url: base.dashboard,
    ms: Math.round(performance.now() - started),
  });
  const verdict = await withOperator(environment, (client) => stage(client, { base, report, signal: options.signal }));
  const ok = verdict.lost === 0 && verdict.duplicated === 0;
  return {
    ok,
    steps,
    ms: Math.round(performance.now() - started),
    ...verdict,
    dashboard: base.dashboard,
    forge: base.forge,
    home: environment.home,
  };
}
