import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { wantsFragment } from '../../render.ts';
import { sendHtml } from '../../send.ts';
import { sessionOf } from '../../require-session.ts';
import { personView } from '../../views/person.ts';
import { oneLine } from '../../views/text.ts';
import { joined, readForm } from '../form.ts';
import { localPath, numbered } from '../params.ts';
import type { Handler } from '../../web.ts';

const form = z.object({ text: joined, choice: joined, back: z.string().optional() });

/** `POST /threads/:id/answer`: answers an ask; the first answer wins, a later one is told who was first. */
export const postAnswer: Handler = (web) => async (request, response) => {
  const id = numbered(String(request.params.id), 'thread');
  const { text, choice, back } = readForm(form, request);
  const answer = [choice, text].filter((part) => part !== '').join('\n\n');
  if (answer === '') throw new HiveError('invalid', 'the answer is empty: choose an option or write one');
  const result = await web.daemon.call(methods.answer, { id, text: answer }, sessionOf(response));
  if (!wantsFragment(request)) return response.redirect(303, result.accepted ? localPath(back) : `/threads/${id}`);
  const by = result.answered_by === null ? null : personView(result.answered_by);
  const said = oneLine(result.answer ?? answer, 160);
  await sendHtml(
    request,
    response,
    web.render('parts/answered', { id, accepted: result.accepted, state: result.state, by, said }),
  );
};
