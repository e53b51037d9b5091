import * as client from 'openid-client';
import { HiveError } from '#src/lib/errors.ts';
import type { Application } from '../client/applications.ts';

/** The forge as OpenID provider of the dashboard. */
export type Provider = client.Configuration;

/** Reads what the provider at `url` offers. Plain HTTP is right here: it is loopback. */
export async function discoverProvider(url: string, { clientId, clientSecret }: Application): Promise<Provider> {
  const options = { execute: [client.allowInsecureRequests] };
  return client.discovery(new URL(url), clientId, clientSecret, undefined, options);
}

/** What one sign-in must come back with. */
export interface Challenge {
  state: string;
  nonce: string;
  verifier: string;
}

/** A fresh challenge. */
export function newChallenge(): Challenge {
  return { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() };
}

/** Where to send the browser. */
export async function authorizationUrl(provider: Provider, redirectUri: string, challenge: Challenge): Promise<URL> {
  return client.buildAuthorizationUrl(provider, {
    redirect_uri: redirectUri,
    scope: 'openid profile',
    state: challenge.state,
    nonce: challenge.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(challenge.verifier),
    code_challenge_method: 'S256',
  });
}

/**
 * Exchanges what the browser came back with and answers the person's numeric id. The access token, which would have every right of the person
 * (FACTS/gitea, result 6), is dropped here. Throws `forbidden` when anything does not fit the challenge.
 */
export async function exchangeCode(provider: Provider, callback: URL, challenge: Challenge): Promise<number> {
  try {
    const tokens = await client.authorizationCodeGrant(provider, callback, {
      pkceCodeVerifier: challenge.verifier,
      expectedState: challenge.state,
      expectedNonce: challenge.nonce,
      idTokenExpected: true,
    });
    return Number(tokens.claims()?.sub);
  } catch (cause) {
    throw new HiveError('forbidden', 'the forge did not confirm this sign-in: begin again on the sign-in page', {
      cause,
    });
  }
}
