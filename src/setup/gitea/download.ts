import { open, rm, stat } from 'node:fs/promises';
import { fetch, EnvHttpProxyAgent } from 'undici';
import { sha256OfFile } from '#src/lib/sha256.ts';
import { SetupFailure } from '../failure.ts';
import type { Progress } from '../reporter.ts';

/** How often a transfer that was cut is taken up again within one start. */
const TRIES = 3;
/** A connection without a byte for this long counts as cut. */
const SILENCE_MS = 30_000;

/** What a download works with. */
export interface DownloadOptions {
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Fetches `url` to the file `target` and checks it against `url + '.sha256'`. Cut transfers are taken up again where they
 * ended; a wrong or missing hash is refused and nothing is kept. Redirects are followed, but never from https to http.
 */
export async function downloadChecked(url: string, target: string, options: DownloadOptions): Promise<void> {
  const wanted = await fetchHash(`${url}.sha256`, options.signal);
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(url, target, options);
      break;
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof SetupFailure || attempt === TRIES) throw refused(url, error);
    }
  }
  const got = await sha256OfFile(target);
  if (got === wanted) return;
  await rm(target);
  throw refused(url, `its SHA-256 is ${got}, but ${url}.sha256 says ${wanted}; it was thrown away`);
}

async function fetchHash(url: string, signal: AbortSignal): Promise<string> {
  const response = await request(url, {}, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw refused(url, error);
  });
  const text = response.ok ? await response.text() : '';
  const hash = /^[0-9a-f]{64}\b/i.exec(text.trim())?.[0];
  if (hash) return hash.toLowerCase();
  throw refused(url, response.ok ? 'there is no SHA-256 in it' : `HTTP ${response.status}`);
}

async function fetchRest(url: string, target: string, { progress, signal }: DownloadOptions): Promise<void> {
  const have = await stat(target).then(
    ({ size }) => size,
    () => 0,
  );
  const response = await request(url, have > 0 ? { range: `bytes=${have}-` } : {}, signal);
  if (response.status === 416) return;
  if (!response.ok || response.body === null) throw refused(url, `HTTP ${response.status}`);
  const resumed = response.status === 206;
  const start = resumed ? have : 0;
  const total = start + Number(response.headers.get('content-length') ?? 0);
  await using file = await open(target, resumed ? 'a' : 'w');
  let done = start;
  let shown = 0;
  for await (const chunk of response.body) {
    await file.write(chunk);
    done += chunk.length;
    if (done - shown < 2 ** 20) continue;
    shown = done;
    progress(`${megabytes(done)} of ${megabytes(total)}`, total > 0 ? Math.min(1, done / total) : undefined);
  }
  if (done < total) throw new Error(`cut after ${done} of ${total} bytes`);
}

/** Follows at most five redirects by hand, so that none leads from https to http. */
async function request(url: string, headers: Record<string, string>, signal: AbortSignal) {
  const dispatcher = new EnvHttpProxyAgent({ bodyTimeout: SILENCE_MS, headersTimeout: SILENCE_MS });
  let at = new URL(url);
  for (let hop = 0; hop <= 5; hop++) {
    const response = await fetch(at, { dispatcher, headers, signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    if (at.protocol === 'https:' && next.protocol !== 'https:')
      throw refused(url, `it leads to ${next.href}, which is not https`);
    at = next;
  }
  throw refused(url, 'it leads from address to address without an end');
}

function refused(url: string, reason: unknown): SetupFailure {
  if (reason instanceof SetupFailure) return reason;
  const cause =
    reason instanceof Error && reason.cause instanceof Error ? `${reason.message}: ${reason.cause.message}` : reason;
  const text = cause instanceof Error ? cause.message : String(cause);
  return new SetupFailure(`cannot use ${url}: ${text}`, {
    fix: [
      'Run the same command again: a cut transfer goes on where it ended.',
      'Install Go (1.26.4 or newer): Gitea is then built from its source.',
      'HIVE_GITEA=/path/to/gitea uses a program of your own.',
    ],
  });
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
