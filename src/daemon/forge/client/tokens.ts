import { z } from 'zod';
import { find, get } from './call.ts';
import { basic, connect } from './connect.ts';

/** Rights of an agent's token: clone, push, pull requests, reviews, issues, searches and nothing else (FACTS/gitea §2). */
export const AGENT_SCOPES = ['write:repository', 'write:issue'];

/** Where and with what a token is minted. */
export interface MintTokenOptions {
  url: string;
  /** An administrator and its password or token: Gitea mints for other accounts only by Basic (FACTS/gitea §2). */
  admin: { username: string; password: string };
  username: string;
  name: string;
  scopes: string[];
}

/** Makes a new token `name` for an account and answers it; the one of that name that was there is dead from now on. */
export async function mintToken(options: MintTokenOptions): Promise<string> {
  const { url, admin, username, name, scopes } = options;
  const gitea = connect(url, basic(admin.username, admin.password));
  await find(`revoke the token ${name} of ${username}`, z.unknown(), gitea.users.userDeleteAccessToken(username, name));
  const token = await get(
    `mint the token ${name} for ${username}`,
    z.object({ sha1: z.string() }),
    gitea.users.userCreateToken(username, { name, scopes }),
  );
  return token.sha1;
}
