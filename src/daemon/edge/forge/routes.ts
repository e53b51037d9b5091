import { isOfferedCall } from './api-routes.ts';
import { type Refusal, refuseCall, refusePage } from './refusals.ts';
import type { Target } from './target.ts';

/** What a request to the forge is, as far as the edge passes it on. */
export type ForgeRoute =
  | { kind: 'api' }
  | { kind: 'file' }
  /** `fetch` and `push` are the services; `advertise` is the first half of either. */
  | { kind: 'git'; step: 'advertise' | 'run'; service: 'fetch' | 'push' };

const GIT_SERVICES: Record<string, 'fetch' | 'push'> = { 'git-upload-pack': 'fetch', 'git-receive-pack': 'push' };
const FILE_KINDS = ['raw', 'media', 'archive'];
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** The one place that says what agents may ask of the forge: git over HTTP, a list of API calls, files. Everything else is refused with what to do instead. */
export function findRoute(method: string, target: Target): ForgeRoute | Refusal {
  const { segments } = target;
  if (segments[0] === 'api') {
    const call = segments.slice(2);
    return segments[1] === 'v1' && isOfferedCall(method, call) ? { kind: 'api' } : refuseCall(method, segments);
  }
  return findGit(method, target) ?? (isFile(method, segments) ? { kind: 'file' } : refusePage(target));
}

function findGit(method: string, { segments, query }: Target): ForgeRoute | undefined {
  const [owner = '', repository = '', ...rest] = segments;
  if (!NAME.test(owner) || !NAME.test(repository) || repository.endsWith('.wiki.git')) return undefined;
  const tail = rest.join('/');
  if (tail === 'info/refs') {
    const service = GIT_SERVICES[query.get('service') ?? ''];
    return method === 'GET' && service && query.size === 1 ? { kind: 'git', step: 'advertise', service } : undefined;
  }
  const service = GIT_SERVICES[tail];
  return method === 'POST' && service && query.size === 0 ? { kind: 'git', step: 'run', service } : undefined;
}

/** `/owner/repo/raw|media|archive/…`, and attachments by id. */
function isFile(method: string, segments: string[]): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (segments[0] === 'attachments') return segments.length === 2 && /^[0-9a-f-]{36}$/.test(segments[1] ?? '');
  return (
    segments.length >= 4 &&
    FILE_KINDS.includes(segments[2] ?? '') &&
    segments.slice(0, 2).every((name) => NAME.test(name))
  );
}
