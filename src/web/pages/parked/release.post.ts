import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import { wantsFragment } from '../../render.ts';
import { sessionOf } from '../../require-session.ts';
import type { Handler } from '../../web.ts';
import { readForm } from '../form.ts';

const form = z.object({ pair: z.coerce.number().int().positive('a parked pair has a number') });

/** `POST /parked/release`: delivers what a parked pair holds and lets it go on. */
export const postRelease: Handler = (web) => async (request, response) => {
  const { pair } = readForm(form, request);
  await web.daemon.call(methods.parkedRelease, { id: pair }, sessionOf(response));
  if (wantsFragment(request)) return void response.status(204).end();
  response.redirect(303, '/');
};
