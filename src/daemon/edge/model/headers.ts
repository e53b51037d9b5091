import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

const REQUEST =
  /^(?:accept|anthropic-version|content-type|user-agent|x-app|x-claude-code-session-id|x-stainless-[a-z-]+)$/;
const RESPONSE =
  /^(?:anthropic-ratelimit-[a-z-]+|cache-control|content-type|request-id|retry-after(?:-ms)?|x-should-retry)$/;
/** Betas that let the provider fetch, run or keep things for the caller. */
const REACHING_BETAS = /^(?:code-execution|files-api|mcp-client|message-batches|skills|web-fetch|web-search)-/;
/** Without it the provider refuses long-lived tokens (FACTS/claude, 2). */
const OAUTH_BETA = 'oauth-2025-04-20';

/** Headers for the provider: the caller's placeholder credential is left out, the real one put in. Compression is off, since the edge reads along. */
export function providerHeaders(
  headers: IncomingHttpHeaders,
  credential: { kind: 'api_key' | 'oauth_token'; value: string },
): OutgoingHttpHeaders {
  const oauth = credential.kind === 'oauth_token';
  const betas = betasOf(headers).filter((beta) => !REACHING_BETAS.test(beta) && beta !== OAUTH_BETA);
  if (oauth) betas.push(OAUTH_BETA);
  return {
    ...pick(headers, REQUEST),
    'accept-encoding': 'identity',
    ...(betas.length > 0 && { 'anthropic-beta': betas.join(',') }),
    ...(oauth ? { authorization: `Bearer ${credential.value}` } : { 'x-api-key': credential.value }),
  };
}

/** Headers of the provider's answer that the caller gets. */
export function answerHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return pick(headers, RESPONSE);
}

function betasOf(headers: IncomingHttpHeaders): string[] {
  return [headers['anthropic-beta'] ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '');
}

function pick(headers: IncomingHttpHeaders, names: RegExp): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.test(name)));
}
