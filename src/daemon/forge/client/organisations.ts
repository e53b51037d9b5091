import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { done, find, get } from './call.ts';
import type { Gitea } from './connect.ts';
import { findAccount } from './users.ts';

/** An organisation as the hive wants it. */
export interface OrganisationWish {
  name: string;
  fullName: string;
  description: string;
}

/** A team as the hive wants it; `units` are rights per unit ("repo.code": "read"), what is not named is closed. */
export interface TeamWish {
  name: string;
  description: string;
  units: Record<string, 'read' | 'write'>;
  repositories: string[];
}

const UNITS = ['repo.code', 'repo.issues', 'repo.pulls', 'repo.releases', 'repo.wiki', 'repo.ext_wiki', 'repo.ext_issues', 'repo.projects', 'repo.packages', 'repo.actions']; // prettier-ignore

const organisation = z.object({ visibility: z.string(), full_name: z.string(), description: z.string() });
const team = z.object({
  id: z.number(),
  name: z.string(),
  includes_all_repositories: z.boolean().default(false),
  can_create_org_repo: z.boolean().default(false),
  permission: z.string().default(''),
  units_map: z.record(z.string(), z.string()).nullish(),
});
type Team = z.infer<typeof team>;

/**
 * The organisation exists and is visible to signed-in accounts only.
 * @throws HiveError `conflict` when a user has the name.
 */
export async function ensureOrganisation(gitea: Gitea, wish: OrganisationWish): Promise<void> {
  const { name } = wish;
  const body = { full_name: wish.fullName, description: wish.description, visibility: 'limited' as const };
  const found = await find(`look for the organisation ${name}`, organisation, gitea.orgs.orgGet(name));
  if (!found) {
    if (await findAccount(gitea, name))
      throw new HiveError(
        'conflict',
        `"${name}" is a user on the forge but the hive needs it as an organisation: rename the user there`,
      );
    return done(`create the organisation ${name}`, gitea.orgs.orgCreate({ username: name, ...body }));
  }
  const drifted =
    found.visibility !== 'limited' || found.full_name !== body.full_name || found.description !== body.description;
  if (drifted) await done(`repair the organisation ${name}`, gitea.orgs.orgEdit(name, body));
}

/** The team exists with exactly these rights and repositories; answers its id. */
export async function ensureTeam(gitea: Gitea, org: string, wish: TeamWish): Promise<number> {
  const body = {
    name: wish.name,
    description: wish.description,
    permission: 'read' as const,
    includes_all_repositories: false,
    can_create_org_repo: false,
    units_map: wish.units,
  };
  const found = (await listTeams(gitea, org)).find((one) => one.name === wish.name);
  const what = `the team ${org}/${wish.name}`;
  const id = found?.id ?? (await get(`create ${what}`, team, gitea.orgs.orgCreateTeam(org, body))).id;
  if (found && hasDrifted(found, wish)) await done(`repair ${what}`, gitea.teams.orgEditTeam(id, body));
  await ensureTeamRepositories(gitea, { id, org, wanted: wish.repositories });
  return id;
}

/** The account belongs to the team; repeating is free. */
export async function ensureTeamMember(gitea: Gitea, id: number, username: string): Promise<void> {
  await done(`add ${username} to team ${id}`, gitea.teams.orgAddTeamMember(id, username));
}

/** Every team of an organisation. */
export async function listTeams(gitea: Gitea, org: string): Promise<Team[]> {
  return get(`list the teams of ${org}`, z.array(team), gitea.orgs.orgListTeams(org, { limit: 100 }));
}

function hasDrifted(found: Team, wish: TeamWish): boolean {
  if (found.includes_all_repositories || found.can_create_org_repo || found.permission === 'admin') return true;
  return UNITS.some((unit) => (found.units_map?.[unit] ?? 'none') !== (wish.units[unit] ?? 'none'));
}

async function ensureTeamRepositories(
  gitea: Gitea,
  { id, org, wanted }: { id: number; org: string; wanted: string[] },
): Promise<void> {
  const repositories = z.array(z.object({ name: z.string() }));
  const found = await get(
    `list the repositories of team ${id}`,
    repositories,
    gitea.teams.orgListTeamRepos(id, { limit: 100 }),
  );
  const names = found.map((one) => one.name);
  for (const name of wanted)
    if (!names.includes(name))
      await done(`open ${org}/${name} to team ${id}`, gitea.teams.orgAddTeamRepository(id, org, name));
  for (const name of names)
    if (!wanted.includes(name))
      await done(`close ${org}/${name} to team ${id}`, gitea.teams.orgRemoveTeamRepository(id, org, name));
}
