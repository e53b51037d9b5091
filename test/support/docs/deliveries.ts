import { STATES, TRANSITIONS } from '#src/daemon/broker/deliveries/states.ts';
import { DEFAULT_SETTINGS } from '#src/daemon/broker/index.ts';

const NOTHING = 'nothing';

/** What moves a row out of each state, as the page has it: one line per way, the states in the order of the code. */
export function statesTable(): string {
  const ways = Object.entries(TRANSITIONS);
  const lines = Object.entries(STATES).map(([state, meaning]) => {
    const out = ways.filter(([, way]) => way.from === state).map(([name, { to, when }]) => `→ **${to}** (${name}): ${when}`);
    return `| \`${state}\` | ${meaning} | ${out.length > 0 ? out.join('<br>') : NOTHING} |`;
  });
  return ['| State | Means | What moves a delivery out of it |', '| --- | --- | --- |', ...lines].join('\n');
}

/** How long the hive waits for what, with the names of `patience` in config.json. */
export function patienceTable(): string {
  const { attempts, backOff, turnStart, phases, poll, hello, resume } = DEFAULT_SETTINGS;
  const seconds = (ms: number): string => `${ms / 1000} s`;
  const lines = [
    ['attempts', String(attempts), 'failed attempts after which a delivery is a dead letter'],
    ['back_off', backOff.map(seconds).join(', '), 'pause before attempt 2, 3 …; the last one repeats'],
    ['turn_start', seconds(turnStart), 'from a turn’s messages to its first sign of life'],
    ...Object.entries(phases).map(([name, ms]) => [
      `phases.${name}`,
      seconds(ms),
      `silence of a running turn in its phase “${name}”`,
    ]),
    ['poll', seconds(poll), 'until a harness that is connected asks for its next turn'],
    ['hello', seconds(hello), 'until the harness of a container that was started says hello'],
    ['resume', seconds(resume), 'until a harness that lost its connection is back'],
  ].map(([name, value, what]) => `| \`${name}\` | ${value} | ${what} |`);
  return ['| `patience` | Default | What it is |', '| --- | --- | --- |', ...lines].join('\n');
}

/** `page` with what stands between `<!-- name -->` and `<!-- /name -->` replaced by `text`. */
export function replaceBetween(page: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [page.indexOf(open), page.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`the page has no ${open} … ${close}`);
  return `${page.slice(0, from + open.length)}\n\n${text}\n\n${page.slice(to)}`;
}
