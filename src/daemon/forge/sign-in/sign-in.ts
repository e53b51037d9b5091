import type { Clock } from '#src/lib/clock.ts';
import { HiveError } from '#src/lib/errors.ts';
import type { Forge } from '../api.ts';
import type { Application } from '../client/applications.ts';
import { createFlows } from './flows.ts';
import { authorizationUrl, discoverProvider, exchangeCode, newChallenge } from './provider.ts';
import type { Provider } from './provider.ts';

/** What {@link createSignIn} needs. */
export interface SignInOptions {
  clock: Clock;
  redirectUri: string;
  /** What the forge knows of sign-ins while it is up. */
  session(): Promise<{ url: string; application: Application; operators: ReadonlyMap<number, string> }>;
}

/** People sign in with their forge account: the forge is the OpenID provider, the daemon does the flow. */
export function createSignIn({
  clock,
  redirectUri,
  session,
}: SignInOptions): Pick<Forge, 'signInBegin' | 'signInFinish'> {
  const flows = createFlows(clock);
  let known: { application: Application; provider: Promise<Provider> } | undefined;
  const provider = async (): Promise<Provider> => {
    const { url, application } = await session();
    if (known?.application !== application) known = { application, provider: discoverProvider(url, application) };
    const current = known;
    return current.provider.catch((cause: unknown) => {
      if (known === current) known = undefined;
      throw new HiveError('unavailable', 'the forge does not offer sign-in right now: try again in a moment', {
        cause,
      });
    });
  };
  return {
    signInBegin: async (returnTo) => {
      const challenge = newChallenge();
      const url = await authorizationUrl(await provider(), redirectUri, challenge);
      return { url: url.href, flow: flows.add({ challenge, returnTo }) };
    },
    signInFinish: async (handle, query) => {
      const flow = flows.take(handle);
      if (!flow) throw new HiveError('forbidden', 'this sign-in is unknown or older than ten minutes: begin again');
      const callback = new URL(redirectUri);
      callback.search = query;
      const id = await exchangeCode(await provider(), callback, flow.challenge);
      const name = (await session()).operators.get(id);
      if (name === undefined)
        throw new HiveError(
          'forbidden',
          'this forge account is not an operator of the hive: sign out of the forge and sign in as one',
        );
      return { subject: String(id), name, returnTo: flow.returnTo };
    },
  };
}
