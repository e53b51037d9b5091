import { Api } from 'gitea-js';

/** A connection to Gitea's API as one account; every function of this folder takes it first. */
export type Gitea = Api<unknown>;

/** Longest wait for one answer of the API. */
const ANSWER_MS = 30_000;

/** The value of an `Authorization` header with a password, or with a token in the password's place. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The value of an `Authorization` header with a token. */
export function bearer(token: string): string {
  return `Bearer ${token}`;
}

/** Connects to the API below `url`; does not talk yet. */
export function connect(url: string, authorization: string): Gitea {
  return new Api({
    baseUrl: `${url}/api/v1`,
    baseApiParams: { format: 'json', headers: { authorization } },
    customFetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(ANSWER_MS) }),
  });
}

/** Parameters of a call that an administrator makes in another account's name and with its rights. */
export function inNameOf(username: string): { headers: Record<string, string> } {
  return { headers: { Sudo: username } };
}
