import { z } from 'zod';

/** The parts of setup, in the order in which they run. `claude` runs only when asked for. */
export const SETUP_STEPS = ['userns', 'host', 'node', 'gitea', 'claude'] as const;

/** One of {@link SETUP_STEPS}. */
export const setupStepName = z.enum(SETUP_STEPS);
export type SetupStepName = z.infer<typeof setupStepName>;

/** One line of progress on setup's stdout. */
export const setupProgress = z.strictObject({
  step: setupStepName,
  /** What the step brings, for people: "Gitea 1.27.3". */
  title: z.string(),
  state: z.enum(['start', 'progress', 'done', 'failed', 'skipped']),
  /** Milliseconds since the step started. */
  ms: z.number().int().nonnegative(),
  /** What happens right now, what came of it, or what went wrong. */
  detail: z.string().optional(),
  /** Estimated share of the step that is done, 0 to 1. */
  fraction: z.number().min(0).max(1).optional(),
  /** File with the output of what failed. */
  log: z.string().optional(),
  /** What can be done about a failure, one possibility a line, best first. */
  fix: z.array(z.string()).optional(),
});
export type SetupProgress = z.infer<typeof setupProgress>;

/** Where the parts are; a part whose step did not run or failed is missing. Goes into `<home>/setup.json`. */
export const setupResult = z.strictObject({
  /** `dir` holds `bin/node`: what a container gets as `/opt/node`. */
  node: z.strictObject({ path: z.string(), dir: z.string(), version: z.string() }).optional(),
  gitea: z
    .strictObject({
      path: z.string(),
      version: z.string(),
      source: z.enum(['operator', 'host', 'built', 'downloaded']),
    })
    .optional(),
  /** `dir` holds the one file `claude` and its manifest: what a container gets as `/opt/claude`. */
  claude: z.strictObject({ path: z.string(), dir: z.string(), version: z.string() }).optional(),
});
export type SetupResult = z.infer<typeof setupResult>;

/** Setup's last line; `ok` is false when a step failed, and the exit code is 1. */
export const setupEnd = z.strictObject({ done: z.literal(true), ok: z.boolean(), result: setupResult });
export type SetupEnd = z.infer<typeof setupEnd>;

/** Setup's only line when it refuses its arguments or environment; the exit code is 2. */
export const setupRefusal = z.strictObject({ refused: z.string() });

/** Every line that `node src/setup/main.ts` prints. */
export const setupEvent = z.union([setupProgress, setupEnd, setupRefusal]);
export type SetupEvent = z.infer<typeof setupEvent>;
