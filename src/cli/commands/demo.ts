import type { Command } from 'commander';
import { HiveError, toHiveError } from '#src/lib/errors.ts';
import { verb, type Cli, type GlobalOptions } from '../cli.ts';
import { runDemo, type DemoResult } from '../demo/run-demo.ts';
import type { StepReport } from '../demo/watch-story.ts';
import { EXIT, InterruptedError } from '../exit-codes.ts';
import { bold, dim, nextStep, say } from '../output.ts';
import { createProgress } from '../progress.ts';

interface Options {
  json?: boolean;
  keep?: boolean;
}

/** `hive demo`: three scripted agents do one real piece of work in a throw-away hive. */
export function demoCommand(cli: Cli): Command {
  return verb('demo', 'watch three scripted agents do real work in a throw-away hive', [
    'hive demo',
    'hive demo --keep',
    'hive demo --json',
  ])
    .option('--keep', 'leave the demo’s hive running, to look around')
    .option('--json', 'print one JSON object per step, then one with the result')
    .action(async (options: Options, command: Command) => {
      if (command.optsWithGlobals<GlobalOptions>().home !== undefined)
        throw new HiveError('invalid', 'hive demo makes a home of its own: leave out --home');
      const report = options.json ? printLine : printStep;
      const stop = new AbortController();
      const end = (why: string): void =>
        stop.abort(new InterruptedError('unavailable', `${why}; nothing of the demo is left`));
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end('interrupted'));
      process.stdout.on('error', () => end('nobody reads what it prints'));
      try {
        const result = await runDemo(cli.env, {
          keep: options.keep ?? false,
          progress: createProgress(),
          report,
          signal: stop.signal,
        });
        stop.signal.throwIfAborted();
        if (!result.ok) process.exitCode = EXIT.failed;
        if (options.json) printLine(options.keep ? result : withoutHome(result));
        else printResult(result, options.keep ?? false);
      } catch (error) {
        if (options.json) printLine({ ok: false, error: toHiveError(error).message });
        throw error;
      }
    });
}

function withoutHome({ home: _home, ...result }: DemoResult): Omit<DemoResult, 'home'> {
  return result;
}

function printLine(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function printStep(step: StepReport): void {
  say(`${step.ok ? '✓' : '✗'} ${step.step.padEnd(52)} ${dim(`${(step.ms / 1000).toFixed(1)} s`)}  ${dim(step.url)}`);
}

function printResult(result: DemoResult, keep: boolean): void {
  say();
  const { steps, messages, lost, duplicated, ms } = result;
  say(
    bold(
      `${steps} steps in ${(ms / 1000).toFixed(1)} s; of ${messages} messages ${lost} lost, ${duplicated} duplicated`,
    ),
  );
  if (!keep) return nextStep('nothing of it is left; hive demo --keep leaves it running, hive up starts your own');
  say(`dashboard  ${result.dashboard}`);
  say(`forge      ${result.forge}`);
  say(`operator’s first password: cat ${result.home}/secrets/operator-password`);
  nextStep(`end it with: hive down --purge --home ${result.home}`);
}
