import { z } from 'zod';

/** Gitea's answers as far as the hive needs them; everything else in them is dropped. */

/** An account: a person, an agent or the hive itself. */
export const account = z.object({ id: z.number(), login: z.string() });
export type Account = z.infer<typeof account>;

/** An issue of a repository. */
export const issue = z.object({
  id: z.number(),
  number: z.number(),
  state: z.string(),
  title: z.string(),
  body: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  user: account,
  html_url: z.string(),
  updated_at: z.string(),
});
export type Issue = z.infer<typeof issue>;

/** A comment on an issue or a pull request. */
export const comment = z.object({
  id: z.number(),
  body: z.string(),
  user: account,
  html_url: z.string(),
  issue_url: z.string().default(''),
  updated_at: z.string().default(''),
});
export type Comment = z.infer<typeof comment>;
