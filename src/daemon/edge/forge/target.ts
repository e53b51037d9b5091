/** A request target in normal form. */
export interface Target {
  /** As sent: `/owner/repo/raw/branch/main/a%20b`. */
  path: string;
  /** Path segments, decoded; none is empty, `.` or `..`. The root has none. */
  segments: string[];
  /** With its `?`, or empty. */
  search: string;
  query: URLSearchParams;
}

/** Query keys by which Gitea takes another identity (FACTS/faults-and-attacks S27). */
const IDENTITY_KEYS = ['sudo', 'token', 'access_token'];
const PLAIN_PATH = /^(?:\/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)+$/;
/** Unreserved characters have one spelling; the others mean different things to different readers. */
// eslint-disable-next-line no-control-regex
const NEVER_ESCAPED = /[A-Za-z0-9_~./\\%\u0000-\u001f\u007f-]/;
const PLAIN_QUERY = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?[\]{}|^-]|%[0-9A-Fa-f]{2})*$/;

/**
 * Parses a request target; answers what is wrong when it is not in the one form that edge and forge read alike: no empty or dot segments, no encoded
 * slash, backslash, dot, percent or control character, and no parameter that changes who asks.
 */
export function parseTarget(target: string): Target | { problem: string } {
  const cut = target.indexOf('?');
  const path = cut < 0 ? target : target.slice(0, cut);
  const search = cut < 0 ? '' : target.slice(cut);
  if (!PLAIN_PATH.test(path)) return { problem: 'the path has characters that must be percent-encoded' };
  if (!PLAIN_QUERY.test(search.slice(1))) return { problem: 'the query has characters that must be percent-encoded' };
  if (escapesOf(path).some((character) => NEVER_ESCAPED.test(character)))
    return {
      problem: 'letters, digits, slashes and dots must not be encoded; %, \\ and control characters are not offered',
    };
  const segments = path === '/' ? [] : path.slice(1).split('/').map(decode);
  if (segments.includes(undefined)) return { problem: 'the path is not valid UTF-8' };
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return { problem: 'the path must have no empty, "." or ".." segments' };
  const query = new URLSearchParams(search);
  const identity = [...query.keys()].find((key) => IDENTITY_KEYS.includes(key.toLowerCase()));
  if (identity) return { problem: `the parameter "${identity}" is not offered: you are signed in as yourself` };
  return { path, segments: segments as string[], search, query };
}

function escapesOf(path: string): string[] {
  return [...path.matchAll(/%([0-9A-Fa-f]{2})/g)].map(([, hex = '00']) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
