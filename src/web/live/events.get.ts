import { HiveError, toHiveError } from '#src/lib/errors.ts';
import { findPage } from '../pages/list.ts';
import { loadPage, renderParts } from '../pages/show.ts';
import { localPath } from '../pages/params.ts';
import { sessionOf } from '../require-session.ts';
import type { Handler } from '../web.ts';
import { liveView } from './live-view.ts';
import { noticeOf } from './notices.ts';
import { openSse } from './sse.ts';

/**
 * `GET /events?view=<path>`: the parts of a page, again whenever they change. A browser that comes back says the last event it saw
 * (`Last-Event-ID`, or `after`): events since then are replayed as notices; `reset` tells that retention removed some.
 */
export const getEvents: Handler = (web) => async (request, response) => {
  const session = sessionOf(response);
  const { page, look } = findPage(localPath(request.query.view));
  if (web.streams.full()) throw new HiveError('limited', 'too many open dashboards: close some tabs');

  const stop = new AbortController();
  response.on('close', () => stop.abort());
  const forget = web.streams.add(session, () => response.end());
  stop.signal.addEventListener('abort', forget);

  const render = async () => renderParts(web, await loadPage(web, page, { ...look, session }));
  const held: (() => void)[] = [];
  let sse: ReturnType<typeof openSse> | undefined;
  const view = liveView({
    render,
    send: (part, seq) => sse?.send({ name: part.name, data: part.html, ...(seq !== undefined && { id: seq }) }),
    failed: (error) => {
      if (toHiveError(error).code === 'forbidden') sse?.send({ name: 'signed-out', data: '' });
      response.end();
    },
  });
  stop.signal.addEventListener('abort', () => view.stop());

  const { ended } = await web.daemon.follow({
    after: lastSeen(request.get('last-event-id') ?? request.query.after),
    session,
    signal: stop.signal,
    onEvent(event) {
      const act = (): void => {
        view.touch(event.seq);
        if (event.type === 'reset') return sse?.send({ name: 'reset', data: '', id: event.seq });
        const notice = noticeOf(event);
        if (notice) sse?.send({ name: 'notice', data: JSON.stringify(notice) });
      };
      if (sse) act();
      else held.push(act);
    },
  });
  sse = openSse(response);
  for (const act of held) act();
  view.touch();
  ended.then(
    () => response.end(),
    () => response.end(),
  );
};

function lastSeen(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
