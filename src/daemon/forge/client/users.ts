import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { HiveError } from '#src/lib/errors.ts';
import { done, find, get } from './call.ts';
import type { Gitea } from './connect.ts';
import { account } from './shapes.ts';
import type { Account } from './shapes.ts';

/** An account as the hive wants it. */
export interface UserWish {
  name: string;
  fullName: string;
  /** Used only when the account is made; a random one that nobody knows when missing. */
  password?: string;
  admin: boolean;
}

const user = account.extend({
  is_admin: z.boolean().default(false),
  prohibit_login: z.boolean().default(false),
  active: z.boolean().default(true),
});

/** The account of that name, if there is one; also finds organisations, which share the namespace. */
export async function findAccount(gitea: Gitea, name: string): Promise<Account | undefined> {
  return find(`look for the account ${name}`, account, gitea.users.userGet(name));
}

/**
 * The account exists, may sign in and has or lacks administration as wished; its password is set only when it is made.
 * @throws HiveError `conflict` when an organisation has the name.
 */
export async function ensureUser(gitea: Gitea, wish: UserWish): Promise<Account> {
  const { name } = wish;
  const found = await find(`look for the account ${name}`, user, gitea.users.userGet(name));
  if (!found) return createUser(gitea, wish);
  await refuseOrganisation(gitea, name);
  if (found.is_admin !== wish.admin || found.prohibit_login || !found.active)
    await editUser(gitea, name, { admin: wish.admin, prohibit_login: false, active: true });
  return found;
}

async function createUser(gitea: Gitea, wish: UserWish): Promise<Account> {
  const made = await get(
    `create the account ${wish.name}`,
    account,
    gitea.admin.adminCreateUser({
      username: wish.name,
      full_name: wish.fullName,
      email: `${wish.name}@hive.invalid`,
      password: wish.password ?? randomBytes(32).toString('base64url'),
      must_change_password: false,
    }),
  );
  if (wish.admin) await editUser(gitea, wish.name, { admin: true });
  return made;
}

/** What of an account can be changed. */
export interface UserChange {
  admin?: boolean;
  prohibit_login?: boolean;
  active?: boolean;
  password?: string;
}

/** Changes an account that exists. */
export async function editUser(gitea: Gitea, name: string, change: UserChange): Promise<void> {
  const edit = { login_name: name, source_id: 0, ...('password' in change && { must_change_password: false }) };
  await done(`change the account ${name}`, gitea.admin.adminEditUser(name, { ...edit, ...change }));
}

/** Deletes an account with everything it owns; one that is not there is fine. */
export async function purgeUser(gitea: Gitea, name: string): Promise<void> {
  await find(`delete the account ${name}`, z.unknown(), gitea.admin.adminDeleteUser(name, { purge: true }));
}

async function refuseOrganisation(gitea: Gitea, name: string): Promise<void> {
  const organisation = await find(`look for the organisation ${name}`, z.unknown(), gitea.orgs.orgGet(name));
  if (organisation === undefined) return;
  throw new HiveError('conflict', `"${name}" is an organisation on the forge: rename it there, or use another name`);
}
