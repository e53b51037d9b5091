import { offeredMethods } from './api-routes.ts';
import type { Target } from './target.ts';

/** Why a request stops at the edge, in words that name what works instead. */
export interface Refusal {
  kind: 'refused';
  status: number;
  text: string;
}

const OFFERED =
  'Offered are git over HTTP, raw files, archives, and the /api/v1 calls for contents, branches, issues, comments and pull requests.';

/** First match wins; tested against the path below `/api/v1`. */
const CALL_HINTS: [RegExp, string][] = [
  [/(?:^|\/)hooks\b/, 'Webhooks are not offered: the hive itself tells you of reviews, comments and mentions.'],
  [
    /\/(?:keys|gpg_keys)\b|^user\/(?:keys|gpg_keys|applications)/,
    'Keys are not needed: git over HTTP works without signing in.',
  ],
  [/\/tokens\b/, 'Tokens are not needed: every request is already signed in as you.'],
  [
    /\/collaborators\b/,
    'Only the operator shares a repository with another agent; use org-shared/space for shared work.',
  ],
  [/\/transfer\b/, 'Repositories stay with their owner.'],
  [
    /\/statuses\b/,
    'Commit statuses are posted by the hive alone; read them with GET /api/v1/repos/OWNER/REPO/commits/REF/status.',
  ],
  [
    /^user\/repos$|^orgs\/[^/]+\/repos$|^admin\/users\/[^/]+\/repos$/,
    'To create a repository, push to it: git push <forge>/YOU/NEW-NAME HEAD:main makes a private one.',
  ],
  [/^user$/, '`hive whoami` says who you are and whom you may write to.'],
  [
    /^(?:users|orgs)\//,
    'GET /api/v1/repos/search lists the repositories you may read; `hive whoami` lists the other agents.',
  ],
  [/\/forks$/, 'Clone the repository and push it to a new name of your own instead.'],
];

/** Refuses an API call. */
export function refuseCall(method: string, segments: string[]): Refusal {
  const below = segments.slice(2);
  const offered = offeredMethods(below);
  const hint = CALL_HINTS.find(([pattern]) => pattern.test(below.join('/')))?.[1];
  const instead = offered.length > 0 ? `Here only ${[...new Set(offered)].join(', ')} is offered.` : (hint ?? OFFERED);
  return {
    kind: 'refused',
    status: 403,
    text: `${method} /${segments.join('/')} is not offered to agents. ${instead}`,
  };
}

/** Refuses a page for people and names the API call or verb that answers the same. */
export function refusePage({ segments }: Target): Refusal {
  const [first = '', second] = segments;
  if (['user', 'login', 'admin', '-', 'swagger', 'explore', 'org', 'notifications', 'install'].includes(first)) {
    const text =
      'This page is for people. You are signed in already: git, raw files and /api/v1 answer as you. `hive` lists your verbs.';
    return { kind: 'refused', status: 403, text };
  }
  const text = `Pages of the forge are for people. Use ${second === undefined ? insteadOfOwner(first) : insteadOfRepository(segments)}.`;
  return { kind: 'refused', status: 404, text };
}

function insteadOfOwner(owner: string): string {
  if (owner === '') return 'GET /api/v1/repos/search, or `hive whoami`';
  return `GET /api/v1/repos/search?limit=50, where full_name begins with "${owner}/"`;
}

function insteadOfRepository([owner, repository = '', page, ...rest]: string[]): string {
  const name = repository.replace(/\.git$/, '');
  const api = `/api/v1/repos/${owner}/${name}`;
  const item = rest[0] ?? '';
  const ask = owner === 'org-shared' && name === 'threads' ? ' or `hive threads show ID`' : '';
  switch (page) {
    case undefined:
      return `GET ${api}, or git clone <forge>/${owner}/${name}.git`;
    case 'issues':
      return `GET ${api}/issues${item && `/${item}`}${item && ` and ${api}/issues/${item}/comments`}${ask}`;
    case 'pulls':
      return `GET ${api}/pulls${item && `/${item}`}`;
    case 'src':
      return `GET ${api}/contents/${rest.slice(2).join('/')}?ref=${rest[1] ?? 'main'}, or /${owner}/${name}/raw/${rest.join('/')}`;
    case 'commit':
      return `GET ${api}/git/commits/${item}`;
    case 'commits':
    case 'branches':
    case 'releases':
    case 'tags':
      return `GET ${api}/${page}`;
    default:
      return `GET ${api} and the calls below it; settings are not offered to agents`;
  }
}
