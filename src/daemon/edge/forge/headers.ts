import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** Request headers that mean something to git, the API and file downloads. Identity, cookies, forwarding and hop-by-hop headers are not among them. */
const REQUEST = [
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-type',
  'git-protocol',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'range',
  'user-agent',
];

/** Response headers that clients use. `set-cookie` and `www-authenticate` are not among them: there is nothing to sign in to. */
const RESPONSE = [
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'link',
  'retry-after',
  'x-content-type-options',
  'x-gitea-object-type',
  'x-hasmore',
  'x-total-count',
];

/** Headers of a client's request for the forge, with the agent's credential. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  credential: { username: string; token: string },
): OutgoingHttpHeaders {
  const basic = Buffer.from(`${credential.username}:${credential.token}`).toString('base64');
  return { ...pick(headers, REQUEST), authorization: `Basic ${basic}` };
}

/** Headers of the forge's response for the client; `location` only when it stays on the forge. */
export function responseHeaders(response: IncomingMessage, forgeUrl: string): OutgoingHttpHeaders {
  const { location } = response.headers;
  const stays = location !== undefined && staysOn(location, forgeUrl);
  return { ...pick(response.headers, RESPONSE), ...(stays && { location }) };
}

function pick(headers: IncomingHttpHeaders, names: string[]): OutgoingHttpHeaders {
  return Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}

function staysOn(location: string, forgeUrl: string): boolean {
  const base = URL.parse(forgeUrl);
  const target = URL.parse(location, forgeUrl);
  return base !== null && target?.origin === base.origin;
}
