import { HiveError } from '#src/lib/errors.ts';

/** A consent to give once. */
export interface ConsentWish {
  url: string;
  clientId: string;
  redirectUri: string;
  username: string;
  password: string;
}

/** A form field as Gitea's consent page has them. */
const HIDDEN = /<input type="hidden" name="([a-z_]+)" value="([^"]*)"/g;

/**
 * Signs in on the forge's pages as a person and grants the hive's own application, as the person would by a click at their first sign-in
 * (no setting skips that click, FACTS/gitea §7). Throws `forbidden` when the password is not theirs any more: then they click themselves.
 */
export async function giveConsent(wish: ConsentWish): Promise<void> {
  const browser = createBrowser(wish.url);
  const parameters = {
    client_id: wish.clientId,
    redirect_uri: wish.redirectUri,
    response_type: 'code',
    scope: 'openid profile',
    state: 'consent',
  };
  const page = `/login/oauth/authorize?${new URLSearchParams(parameters).toString()}`;
  await browser.post('/user/login', { user_name: wish.username, password: wish.password });
  const asked = await browser.get(page);
  if (!isRedirect(asked)) {
    const fields = Object.fromEntries(
      [...(await asked.text()).matchAll(HIDDEN)].map((match) => [match[1]!, unescape(match[2]!)]),
    );
    if (fields['client_id'] !== wish.clientId) throw refused(wish.username);
    await browser.post('/login/oauth/grant', { ...fields, granted: 'true' });
  }
  const granted = await browser.get(page);
  if (!isRedirect(granted) || !granted.headers.get('location')?.startsWith(wish.redirectUri))
    throw refused(wish.username);
  await browser.get('/user/logout');
}

interface Browser {
  get(path: string): Promise<Response>;
  post(path: string, form: Record<string, string>): Promise<Response>;
}

/** Follows no redirect and keeps cookies: as much of a browser as the flow needs. */
function createBrowser(url: string): Browser {
  const cookies = new Map<string, string>();
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), cookie, origin: url };
    const answer = await fetch(`${url}${path}`, {
      ...init,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined) cookies.set(name, value ?? '');
    }
    return answer;
  };
  return {
    get: (path) => send(path, { method: 'GET' }),
    post: (path, form) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return send(path, { method: 'POST', headers, body: new URLSearchParams(form).toString() });
    },
  };
}

function isRedirect(answer: Response): boolean {
  return answer.status >= 300 && answer.status < 400;
}

function refused(username: string): HiveError {
  return new HiveError(
    'forbidden',
    `the forge did not take the consent of ${username}: they give it at their first sign-in`,
  );
}

function unescape(text: string): string {
  return text
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
