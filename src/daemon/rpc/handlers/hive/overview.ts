import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

const FLOW = 50;
const THREADS = 30;
const REFUSED = 20;
const DEAD = 20;
const PARKED = 10;

/** Reads everything in one go of the event loop, so that `seq` and the rows belong together. */
export const overview = handler(methods.overview, async ({ context }) => {
  const { broker, config, events, forge, telemetry } = context;
  const { state, detail } = forge.state();
  const open = broker.threads({ state: 'open', max: 200 });
  return {
    seq: events.latest(),
    now: context.clock.now(),
    hive: config.hiveId,
    urls: { ...context.urls, home: config.home },
    forge: { state, detail },
    agents: context.agents.rows(),
    asks: open.filter((thread) => thread.target === 'operator').toReversed(),
    dead: broker.deadLetters(DEAD),
    parked: broker.parkedPairs(PARKED),
    refused: telemetry.refusals(REFUSED),
    threads: broker.threads({ max: THREADS }),
    flow: broker.messages({ max: FLOW }).messages,
    tokens_today: telemetry.tokensToday(),
    disk_ok: !context.writer.full(),
    limits: context.limits(),
    alerts: context.health.alerts(),
  };
});
