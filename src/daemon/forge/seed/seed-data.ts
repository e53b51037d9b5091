import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { problemsOf } from '#src/lib/shape-problems.ts';

const name = z.string().regex(/^[a-z][a-z0-9-]*$/);
const people = z.array(name).default([]);

const label = z.strictObject({
  name: z.string(),
  color: z.string().regex(/^[0-9a-f]{6}$/),
  description: z.string(),
  exclusive: z.boolean().default(false),
});

const repository = z.strictObject({
  name,
  description: z.string(),
  issues: z.boolean(),
  pull_requests: z.boolean(),
  merge: z.enum(['any', 'fast-forward-only']).default('any'),
  /** Protection of main: who may push and merge; nobody named = everybody who may write. */
  protect: z.strictObject({ push: people, merge: people }).optional(),
  labels: z.array(label).default([]),
});

const team = z.strictObject({
  name,
  description: z.string(),
  /** Every agent is a member of a team with this word. */
  members: z.literal('agents'),
  repositories: z.array(name),
  units: z.record(z.string(), z.enum(['read', 'write'])),
});

const organisation = z.strictObject({
  name,
  full_name: z.string(),
  description: z.string(),
  owners: people,
  repositories: z.array(repository),
  teams: z.array(team),
});

const forgeSeed = z.strictObject({ organizations: z.array(organisation) });

/** `forge-seed/forge.yaml`: what every forge of a hive has. */
export type ForgeSeed = z.infer<typeof forgeSeed>;
export type OrganisationSeed = ForgeSeed['organizations'][number];
export type RepositorySeed = OrganisationSeed['repositories'][number];

/** Reads the seed of the installed hive; throws `invalid` naming the place that is wrong. */
export async function readSeed(folder: string): Promise<ForgeSeed> {
  const path = join(folder, 'forge.yaml');
  const seed: unknown = parse(await readFile(path, 'utf8'));
  const parsed = forgeSeed.safeParse(seed);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid', `${path}: ${problemsOf(forgeSeed, seed).join('; ')}`);
}
