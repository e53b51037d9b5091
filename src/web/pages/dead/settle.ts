import type { RequestHandler } from 'express';
import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { wantsFragment } from '../../render.ts';
import { sessionOf } from '../../require-session.ts';
import { joined, readForm } from '../form.ts';
import { numbered } from '../params.ts';

const form = z.object({ delivery: joined });

/** What a call did to dead letters. */
interface Settled {
  done: number[];
  refused: { reason: string }[];
}

/** Does one thing to the dead letters that a form names; refused with the reasons when it can be done to none of them. */
export function settleDead(act: (deliveries: number[], session: string) => Promise<Settled>): RequestHandler {
  return async (request, response) => {
    const named = readForm(form, request).delivery.split(', ');
    const { done, refused } = await act(
      named.map((id) => numbered(id, 'dead letter')),
      sessionOf(response),
    );
    if (done.length === 0)
      throw new HiveError('conflict', `it stays a dead letter: ${refused.map(({ reason }) => reason).join('; ')}`);
    if (wantsFragment(request)) return void response.status(204).end();
    response.redirect(303, '/');
  };
}
