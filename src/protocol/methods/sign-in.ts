import { z } from 'zod';
import { method } from '../method.ts';
import { at } from '../shapes.ts';

/** Starts a person's sign-in: where to send the browser, and a handle for its cookie (10 minutes). */
export const signInBegin = method({
  cmd: 'sign_in_begin',
  callers: ['web'],
  anonymous: true,
  input: z.strictObject({
    return_to: z
      .string()
      .max(500)
      .regex(/^\/(?![/\\])/)
      .default('/'),
  }),
  output: z.object({ url: z.string(), flow: z.string() }),
});

/** Finishes it: the daemon exchanges the code, checks that the subject is an operator, and answers a session for the browser's cookie. */
export const signInFinish = method({
  cmd: 'sign_in_finish',
  callers: ['web'],
  anonymous: true,
  input: z.strictObject({ flow: z.string().max(128), query: z.string().max(4096) }),
  output: z.object({ session: z.string(), expires_at: at, return_to: z.string() }),
});

/** Ends the session the frame carries. */
export const signOut = method({ cmd: 'sign_out', callers: ['web'], input: z.strictObject({}), output: z.object({}) });
