import { ContentType } from 'gitea-js';
import { z } from 'zod';
import { done, get } from './call.ts';
import type { Gitea } from './connect.ts';

/** An application that people sign in to with their forge account. */
export interface Application {
  clientId: string;
  clientSecret: string;
}

/** gitea-js 1.23 leaves the content type out here, and Gitea then refuses the body. */
const JSON_BODY = { type: ContentType.Json };

const application = z.object({ id: z.number(), name: z.string(), client_id: z.string() });
const withSecret = application.extend({ client_secret: z.string().min(1) });

/**
 * The account has one confidential application of that name, which answers to exactly this address. Its secret is made anew each time
 * (Gitea never shows one twice), what people consented to stays.
 */
export async function ensureApplication(gitea: Gitea, name: string, redirectUri: string): Promise<Application> {
  const what = `the sign-in application "${name}"`;
  const listed = await get(
    `look for ${what}`,
    z.array(application),
    gitea.user.userGetOauth2Application({ limit: 100 }),
  );
  const [kept, ...others] = listed.filter((one) => one.name === name);
  for (const other of others) await done(`delete a copy of ${what}`, gitea.user.userDeleteOAuth2Application(other.id));
  const wish = { name, confidential_client: true, skip_secondary_authorization: true, redirect_uris: [redirectUri] };
  const request = kept
    ? gitea.user.userUpdateOAuth2Application(kept.id, wish, JSON_BODY)
    : gitea.user.userCreateOAuth2Application(wish, JSON_BODY);
  const made = await get(`set ${what}`, withSecret, request);
  return { clientId: made.client_id, clientSecret: made.client_secret };
}
