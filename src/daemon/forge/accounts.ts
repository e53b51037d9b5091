import { HiveError } from '#src/lib/errors.ts';
import type { ForgeCredential } from './api.ts';
import type { Gitea } from './client/connect.ts';
import { ensureTeamMember } from './client/organisations.ts';
import { AGENT_SCOPES, mintToken } from './client/tokens.ts';
import type { People } from './people.ts';
import { shareRepository } from './client/repositories.ts';
import { editUser, ensureUser, findAccount, purgeUser } from './client/users.ts';

/** The forge as its administrator uses it, once it is up. */
export interface AdminAccess {
  url: string;
  gitea: Gitea;
  admin: { username: string; password: string };
  /** Teams every agent belongs to. */
  agentTeams: number[];
}

/** Accounts and credentials of agents. */
export interface Accounts {
  ensureAgent(name: string): Promise<number>;
  removeAgent(name: string, purge: boolean): Promise<void>;
  credential(username: string, fresh?: boolean): Promise<ForgeCredential>;
  share(owner: string, repository: string, other: string, permission: 'read' | 'write'): Promise<string>;
}

/** A credential; while it is not settled every caller waits for the same one. */
interface Minted {
  credential: Promise<ForgeCredential>;
  settled: boolean;
}

/** Tokens are minted when needed and kept in memory only; `access` rejects while the forge is down. */
export function createAccounts(access: () => Promise<AdminAccess>, people: People): Accounts {
  const tokens = new Map<string, Minted>();
  const mint = async (username: string): Promise<ForgeCredential> => {
    return { username, token: await mintAgentToken(await access(), username) };
  };
  return {
    ensureAgent: async (name) => {
      const { gitea, agentTeams } = await access();
      const account = await ensureUser(gitea, { name, fullName: '', admin: false });
      for (const team of agentTeams) await ensureTeamMember(gitea, team, name);
      people.metAgent(account.id, name);
      return account.id;
    },
    removeAgent: async (name, purge) => {
      tokens.delete(name);
      people.forgetAgent(name);
      const { gitea } = await access();
      if (purge) return purgeUser(gitea, name);
      if (await findAccount(gitea, name)) await editUser(gitea, name, { prohibit_login: true });
    },
    share: async (owner, repository, other, permission) => {
      const { gitea } = await access();
      return shareRepository(gitea, { owner, repository, other, permission });
    },
    credential: (username, fresh = false) => {
      const known = tokens.get(username);
      if (known && !(fresh && known.settled)) return known.credential;
      const entry: Minted = { credential: mint(username), settled: false };
      tokens.set(username, entry);
      entry.credential.then(
        () => (entry.settled = true),
        () => tokens.get(username) === entry && tokens.delete(username),
      );
      return entry.credential;
    },
  };
}

async function mintAgentToken({ url, admin }: AdminAccess, username: string): Promise<string> {
  try {
    return await mintToken({ url, admin, username, name: 'hive-edge', scopes: AGENT_SCOPES });
  } catch (cause) {
    if (!(cause instanceof HiveError) || cause.code !== 'not_found') throw cause;
    const advice = `add it with \`hive agents add ${username}\``;
    throw new HiveError('not_found', `${username} has no account on the forge: ${advice}`, { cause });
  }
}
