import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { wantsFragment } from '../../render.ts';
import { sessionOf } from '../../require-session.ts';
import type { Handler } from '../../web.ts';
import { joined, readForm } from '../form.ts';
import { numbered } from '../params.ts';

const form = z.object({ delivery: joined });

/** `POST /dead/retry`: queues the named dead letters again; refused with the reasons when none of them can be. */
export const postRetry: Handler = (web) => async (request, response) => {
  const named = readForm(form, request).delivery.split(', ');
  const deliveries = named.map((id) => numbered(id, 'dead letter'));
  const { retried, refused } = await web.daemon.call(methods.deadRetry, { deliveries }, sessionOf(response));
  if (retried.length === 0)
    throw new HiveError('conflict', `it stays a dead letter: ${refused.map(({ reason }) => reason).join('; ')}`);
  if (wantsFragment(request)) return void response.status(204).end();
  response.redirect(303, '/');
};
