import { resolve } from 'node:path';
import { request } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { HiveError } from '#src/lib/errors.ts';
import type { HiveEvent } from '#src/protocol/events.ts';
import { createApp } from '#src/web/app.ts';
import { loadAssets } from '#src/web/assets.ts';
import type { Daemon, FollowOptions } from '#src/web/daemon.ts';
import { openStreams } from '#src/web/live/open-streams.ts';
import { openTemplates } from '#src/web/render.ts';
import { serve } from '#src/web/serve.ts';
import { hiveCookies } from '#src/web/session.ts';
import { freePort } from './free-port.ts';

const INSTALL = resolve(import.meta.dirname, '../..');
const TEMPLATES = resolve(INSTALL, 'templates/dashboard');
/** The session that the daemon of these tests knows. */
export const SESSION = 'a-good-session';
export const COOKIE = `hive_0123abcd_session=${SESSION}`;

/** What a test's daemon answers, by `cmd`. */
export type Answers = Record<string, (input: never) => object>;

/** An answer of the dashboard. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The dashboard's handlers before a daemon whose answers a test writes: for looking at the dashboard alone. */
export interface TestDashboard extends AsyncDisposable {
  port: number;
  /** Every call that reached the daemon. */
  calls: { cmd: string; input: unknown; session: string | null }[];
  /** What was asked to be followed after which event. */
  follows: FollowOptions[];
  publish(event: HiveEvent): void;
  /** One request with exactly these headers and this path; `Host` is the dashboard's own unless given. */
  ask(path: string, options?: { method?: string; headers?: OutgoingHttpHeaders; body?: string }): Promise<Answer>;
}

/** Serves the dashboard on a free loopback port. */
export async function startDashboard(answers: Answers): Promise<TestDashboard> {
  const port = await freePort();
  const config = { ...{ socket: '', port, hiveId: '0123abcd', forgeUrl: 'http://127.0.0.1:7001', listeners: 1 } };
  const calls: TestDashboard['calls'] = [];
  const follows: FollowOptions[] = [];
  const daemon = testDaemon(answers, calls, follows);
  const assets = await loadAssets(resolve(TEMPLATES, 'assets'), resolve(INSTALL, 'node_modules'));
  const streams = openStreams();
  const web = {
    ...{ daemon, streams, cookies: hiveCookies(config), render: openTemplates(TEMPLATES, assets.address) },
    config: { ...config, operator: 'operator', passwordFile: '/home/of/hive/operator-password' },
  };
  const failures: unknown[] = [];
  const server = await serve(
    createApp(web, assets, (error) => failures.push(error)),
    { host: '127.0.0.1', port },
  );
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    follows,
    publish: (event) => follows.forEach((follow) => follow.onEvent(event)),
    ask: (path, options) => ask(port, path, options),
    async [Symbol.asyncDispose]() {
      streams.endAll();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      if (failures.length > 0) throw new Error('requests failed', { cause: failures });
    },
  };
}

function testDaemon(answers: Answers, calls: TestDashboard['calls'], follows: FollowOptions[]): Daemon {
  return {
    async call(method, input, session) {
      calls.push({ cmd: method.cmd, input, session });
      if (!method.anonymous && session !== SESSION) throw new HiveError('forbidden', 'sign in first');
      const answer = answers[method.cmd];
      if (!answer) throw new HiveError('internal', `the test has no answer to ${method.cmd}`);
      return method.output.parse(answer(method.input.parse(input) as never)) as never;
    },
    async follow(options) {
      if (options.session !== SESSION) throw new HiveError('forbidden', 'sign in first');
      follows.push(options);
      return { ended: new Promise((resolve) => options.signal.addEventListener('abort', () => resolve())) };
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  const sent = request({ host: '127.0.0.1', port, path, method, setHost: false, agent: false });
  const all: OutgoingHttpHeaders = { host: `localhost:${port}`, ...headers };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) sent.setHeader(name, value);
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}
