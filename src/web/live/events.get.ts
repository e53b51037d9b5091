import { HiveError, toHiveError } from '#src/lib/errors.ts';
import { findPage } from '../pages/list.ts';
import { localPath } from '../pages/params.ts';
import { loadPage, renderParts } from '../pages/show.ts';
import { sessionOf } from '../require-session.ts';
import type { Handler } from '../web.ts';
import { liveView } from './live-view.ts';
import { noticeOf } from './notices.ts';
import type { StreamEnd } from './open-streams.ts';
import { sseWriter } from './sse.ts';

/**
 * `GET /events?view=<path>`: the parts of a page, again whenever they change. A browser that comes back says the last event it saw
 * (`Last-Event-ID`, or `after`): events since then are replayed as notices; `reset` tells that retention removed some.
 */
export const getEvents: Handler = (web) => async (request, response) => {
  const session = sessionOf(response);
  const { page, look } = findPage(localPath(request.query.view));
  if (web.streams.full()) throw new HiveError('limited', 'too many open dashboards: close some tabs');

  const sse = sseWriter(response);
  const end = (why: StreamEnd): void => {
    if (why === 'signed out') sse.send({ name: 'signed-out', data: '' });
    sse.end();
  };
  const view = liveView({
    render: async () => renderParts(web, await loadPage(web, page, { ...look, session })),
    send: (part, seq) => sse.send({ name: part.name, data: part.html, id: seq }),
    failed: (error) => end(toHiveError(error).code === 'forbidden' ? 'signed out' : 'stopping'),
  });
  const stop = new AbortController();
  const forget = web.streams.add(session, end);
  response.on('close', () => {
    stop.abort();
    forget();
    view.stop();
  });

  const { ended } = await web.daemon.follow({
    after: lastSeen(request.get('last-event-id') ?? request.query.after),
    session,
    signal: stop.signal,
    onEvent(event) {
      view.touch(event.seq);
      if (event.type === 'reset') return sse.send({ name: 'reset', data: '', id: event.seq });
      const notice = noticeOf(event);
      if (notice) sse.send({ name: 'notice', data: JSON.stringify(notice) });
    },
  });
  sse.open();
  view.touch();
  void ended.catch(() => {}).then(() => sse.end());
};

function lastSeen(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
