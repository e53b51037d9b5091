import { join } from 'node:path';
import type { Gitea } from '../client/connect.ts';
import { ensureLabels } from '../client/labels.ts';
import { ensureOrganisation, ensureTeam, ensureTeamMember, listTeams } from '../client/organisations.ts';
import { ensureProtection } from '../client/protections.ts';
import { ensureRepository } from '../client/repositories.ts';
import type { Mirror } from '../git/mirror.ts';
import type { CommitAuthor } from '../git/write-commit.ts';
import { seedContent } from './seed-content.ts';
import type { ForgeSeed, OrganisationSeed, RepositorySeed } from './seed-data.ts';

/** What {@link ensureSeed} needs beside the data. */
export interface SeedTools {
  gitea: Gitea;
  /** `forge-seed/`. */
  folder: string;
  author: CommitAuthor;
  /** Seconds since the epoch. */
  at: number;
  /** Opens the mirror of "org/name"; its credential may push to every repository of the seed that is still empty. */
  mirror(repository: string): Mirror;
}

/** Ids the hive works with after seeding. */
export interface Seeded {
  /** Teams every agent belongs to. */
  agentTeams: number[];
  /** Label ids of "org/name", by label name. */
  labels: Map<string, Map<string, number>>;
}

/** Organisations, repositories, labels, protections and teams are there exactly as the seed says; repeatable. */
export async function ensureSeed(tools: SeedTools, seed: ForgeSeed): Promise<Seeded> {
  const seeded: Seeded = { agentTeams: [], labels: new Map() };
  for (const organisation of seed.organizations) {
    await ensureOrganisation(tools.gitea, {
      name: organisation.name,
      fullName: organisation.full_name,
      description: organisation.description,
    });
    await ensureOwners(tools.gitea, organisation);
    const seeding = organisation.repositories.map(async (repository) => {
      const labels = await seedRepository(tools, organisation.name, repository);
      seeded.labels.set(`${organisation.name}/${repository.name}`, labels);
    });
    await Promise.all(seeding);
    for (const team of organisation.teams)
      seeded.agentTeams.push(await ensureTeam(tools.gitea, organisation.name, team));
  }
  return seeded;
}

async function ensureOwners(gitea: Gitea, { name, owners }: OrganisationSeed): Promise<void> {
  const teams = await listTeams(gitea, name);
  const team = teams.find((one) => one.name === 'Owners');
  if (team) for (const owner of owners) await ensureTeamMember(gitea, team.id, owner);
}

/** Content before protection: the first push is the hive's own. */
async function seedRepository(
  tools: SeedTools,
  owner: string,
  repository: RepositorySeed,
): Promise<Map<string, number>> {
  const { gitea } = tools;
  const { name } = repository;
  await ensureRepository(gitea, {
    owner,
    name,
    description: repository.description,
    issues: repository.issues,
    pullRequests: repository.pull_requests,
    merge: repository.merge,
  });
  const folder = join(tools.folder, 'repositories', owner, name);
  await seedContent(tools.mirror(`${owner}/${name}`), { folder, author: tools.author, at: tools.at });
  if (repository.protect) await ensureProtection(gitea, owner, name, repository.protect);
  return ensureLabels(gitea, owner, name, repository.labels);
}
