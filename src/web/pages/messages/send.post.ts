import { z } from 'zod';
import { methods } from '#src/protocol/methods/index.ts';
import { recipientName } from '#src/protocol/names.ts';
import { body } from '#src/protocol/shapes.ts';
import { wantsFragment } from '../../render.ts';
import { sendHtml } from '../../send.ts';
import { sessionOf } from '../../require-session.ts';
import { personView } from '../../views/person.ts';
import { readForm } from '../form.ts';
import { localPath } from '../params.ts';
import type { Handler } from '../../web.ts';

const form = z.object({
  to: recipientName,
  body: z.string().trim().pipe(body),
  in_reply_to: z.coerce.number().int().positive().optional(),
  back: z.string().optional(),
});

/** `POST /messages`: sends a message as the operator. */
export const postMessage: Handler = (web) => async (request, response) => {
  const { back, ...message } = readForm(form, request);
  const sent = await web.daemon.call(methods.send, message, sessionOf(response));
  if (!wantsFragment(request)) return response.redirect(303, localPath(back));
  const { label, href } = personView(message.to);
  await sendHtml(request, response, web.render('parts/sent', { label, href, id: sent.id, note: sent.note }));
};
