/**
 * What of Gitea 1.27's `/api/v1` agents may call: everything else is refused. `:name` is one segment, `*` the rest (at least one).
 * Left out on purpose: hooks, keys, tokens, collaborators, transfer, statuses, forks, repository settings and visibility, sign-in, administration; and users
 * and organisations, which agents' tokens have no scope for.
 */
const ROUTES = `
GET version
GET settings/api
GET repos/search
GET repos/issues/search
GET repos/:owner/:repo
GET repos/:owner/:repo/archive/*
GET repos/:owner/:repo/assignees
GET repos/:owner/:repo/branches
POST repos/:owner/:repo/branches
GET repos/:owner/:repo/branches/*
DELETE repos/:owner/:repo/branches/*
GET repos/:owner/:repo/commits
GET repos/:owner/:repo/commits/:ref/pull
GET repos/:owner/:repo/commits/:ref/status
GET repos/:owner/:repo/compare/*
GET repos/:owner/:repo/contents
POST repos/:owner/:repo/contents
GET repos/:owner/:repo/contents/*
POST repos/:owner/:repo/contents/*
PUT repos/:owner/:repo/contents/*
DELETE repos/:owner/:repo/contents/*
GET repos/:owner/:repo/git/blobs/:sha
GET repos/:owner/:repo/git/commits/:sha
GET repos/:owner/:repo/git/refs
GET repos/:owner/:repo/git/refs/*
GET repos/:owner/:repo/git/tags/:sha
GET repos/:owner/:repo/git/trees/:sha
GET repos/:owner/:repo/issues
POST repos/:owner/:repo/issues
GET repos/:owner/:repo/issues/comments
GET repos/:owner/:repo/issues/comments/:id
PATCH repos/:owner/:repo/issues/comments/:id
DELETE repos/:owner/:repo/issues/comments/:id
GET repos/:owner/:repo/issues/:index
PATCH repos/:owner/:repo/issues/:index
GET repos/:owner/:repo/issues/:index/assets
GET repos/:owner/:repo/issues/:index/comments
POST repos/:owner/:repo/issues/:index/comments
GET repos/:owner/:repo/issues/:index/labels
GET repos/:owner/:repo/issues/:index/timeline
GET repos/:owner/:repo/labels
GET repos/:owner/:repo/labels/:id
GET repos/:owner/:repo/languages
GET repos/:owner/:repo/media/*
GET repos/:owner/:repo/milestones
GET repos/:owner/:repo/milestones/:id
GET repos/:owner/:repo/pulls
POST repos/:owner/:repo/pulls
GET repos/:owner/:repo/pulls/:index
PATCH repos/:owner/:repo/pulls/:index
GET repos/:owner/:repo/pulls/:index/commits
GET repos/:owner/:repo/pulls/:index/files
GET repos/:owner/:repo/pulls/:index/merge
POST repos/:owner/:repo/pulls/:index/merge
POST repos/:owner/:repo/pulls/:index/requested_reviewers
DELETE repos/:owner/:repo/pulls/:index/requested_reviewers
GET repos/:owner/:repo/pulls/:index/reviews
POST repos/:owner/:repo/pulls/:index/reviews
GET repos/:owner/:repo/pulls/:index/reviews/:id
POST repos/:owner/:repo/pulls/:index/reviews/:id
DELETE repos/:owner/:repo/pulls/:index/reviews/:id
GET repos/:owner/:repo/pulls/:index/reviews/:id/comments
POST repos/:owner/:repo/pulls/:index/update
GET repos/:owner/:repo/raw/*
GET repos/:owner/:repo/releases
GET repos/:owner/:repo/releases/latest
GET repos/:owner/:repo/releases/tags/:tag
GET repos/:owner/:repo/releases/:id
GET repos/:owner/:repo/reviewers
GET repos/:owner/:repo/tags
GET repos/:owner/:repo/tags/*
GET repos/:owner/:repo/topics
`;

interface ApiRoute {
  method: string;
  pattern: string[];
}

const TABLE: ApiRoute[] = ROUTES.trim()
  .split('\n')
  .map((line) => line.split(' '))
  .map(([method = '', path = '']) => ({ method, pattern: path.split('/') }));

/** Whether agents may call `method` on these segments below `/api/v1`. HEAD counts as GET. */
export function isOfferedCall(method: string, segments: string[]): boolean {
  const asked = method === 'HEAD' ? 'GET' : method;
  return TABLE.some((route) => route.method === asked && matches(route.pattern, segments));
}

/** The methods offered on these segments. */
export function offeredMethods(segments: string[]): string[] {
  return TABLE.filter((route) => matches(route.pattern, segments)).map((route) => route.method);
}

function matches(pattern: string[], segments: string[]): boolean {
  const open = pattern.at(-1) === '*';
  if (open ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((part, at) => part === '*' || part.startsWith(':') || part === segments[at]);
}
