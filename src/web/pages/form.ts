import type { Request } from 'express';
import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';

/** A form's field that may come several times (checkboxes, a choice beside free text): what is not empty, joined. */
export const joined = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value) =>
    [value ?? []]
      .flat()
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .join(', '),
  );

/** Parses a form; throws `invalid` with what is wrong. Fields the shape does not name are ignored. */
export function readForm<S extends z.ZodType>(shape: S, request: Request): z.output<S> {
  const parsed = shape.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid', problemOf(parsed.error.issues[0]) ?? 'the form is incomplete: fill it in');
}

/** What is wrong, in the words of the last alternative where there are several. */
function problemOf(issue: z.core.$ZodIssue | undefined): string | undefined {
  if (issue?.code === 'invalid_union') return problemOf(issue.errors.at(-1)?.[0]) ?? issue.message;
  return issue?.message;
}
