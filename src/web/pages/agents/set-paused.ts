import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import { wantsFragment } from '../../render.ts';
import { sessionOf } from '../../require-session.ts';
import { readForm } from '../form.ts';
import { localPath, named } from '../params.ts';
import type { Handler } from '../../web.ts';

const form = z.object({ back: z.string().optional() });

/** Pauses or resumes the agent of the address; the live page shows what came of it. */
export function pausing(paused: boolean): Handler {
  return (web) => async (request, response) => {
    const { back } = readForm(form, request);
    const name = named(String(request.params.name));
    await web.daemon.call(methods.setPaused, { name, paused }, sessionOf(response));
    if (wantsFragment(request)) return void response.status(204).end();
    response.redirect(303, localPath(back));
  };
}
