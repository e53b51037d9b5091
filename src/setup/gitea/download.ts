import { open, rm, stat } from 'node:fs/promises';
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { sha256OfFile } from '#src/lib/sha256.ts';
import { SetupFailure } from '../failure.ts';
import type { Progress } from '../reporter.ts';
import { GO_FLOOR } from './recipe.ts';

/** How often a transfer that was cut is taken up again within one start. */
const TRIES = 3;
/** A connection without a byte for this long counts as cut. */
const SILENCE_MS = 30_000;
const MAX_REDIRECTS = 5;
/** Bytes between two lines of progress. */
const SHOW_EVERY = 4 * 2 ** 20;

/** What a download works with. */
export interface DownloadOptions {
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Fetches `url` to the file `target` and checks it against `url + '.sha256'`. Cut transfers are taken up again where they
 * ended, also those of an earlier start; a wrong or missing hash is refused and nothing is kept. Redirects are followed,
 * but never from https to http.
 */
export async function downloadChecked(url: string, target: string, options: DownloadOptions): Promise<void> {
  const connections = new EnvHttpProxyAgent({ bodyTimeout: SILENCE_MS, headersTimeout: SILENCE_MS });
  try {
    await download({
      ...options,
      url,
      target,
      get: (address, headers) => follow(address, headers, { connections, ...options }),
    });
  } catch (error) {
    options.signal.throwIfAborted();
    throw error instanceof SetupFailure ? error : refused(url, explain(error));
  } finally {
    await connections.destroy();
  }
}

type Get = (url: string, headers?: Record<string, string>) => Promise<Response>;
type Transfer = DownloadOptions & { url: string; target: string; get: Get };

async function download(transfer: Transfer): Promise<void> {
  const { url, target } = transfer;
  const wanted = await fetchHash(`${url}.sha256`, transfer.get);
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(transfer);
      break;
    } catch (error) {
      if (error instanceof SetupFailure || transfer.signal.aborted || attempt === TRIES) throw error;
    }
  }
  const got = await sha256OfFile(target);
  if (got === wanted) return;
  await rm(target);
  throw refused(url, `its SHA-256 is ${got}, but ${url}.sha256 says ${wanted}; it was thrown away`);
}

async function fetchHash(url: string, get: Get): Promise<string> {
  const response = await get(url);
  const text = response.ok ? await response.text() : '';
  const hash = /^[0-9a-f]{64}\b/i.exec(text.trim())?.[0];
  if (hash) return hash.toLowerCase();
  throw refused(url, response.ok ? 'there is no SHA-256 in it' : `HTTP ${response.status}`);
}

async function fetchRest({ url, target, get, progress }: Transfer): Promise<void> {
  const have = await stat(target).then(
    ({ size }) => size,
    () => 0,
  );
  const response = await get(url, have > 0 ? { range: `bytes=${have}-` } : {});
  if (response.status === 416) return;
  if (!response.ok || response.body === null) throw refused(url, `HTTP ${response.status}`);
  const start = response.status === 206 ? have : 0;
  const total = start + Number(response.headers.get('content-length') ?? 0);
  await using file = await open(target, start > 0 ? 'a' : 'w');
  let done = start;
  let shown = start;
  for await (const chunk of response.body) {
    await file.write(chunk);
    done += chunk.length;
    if (done - shown < SHOW_EVERY) continue;
    shown = done;
    progress(`${megabytes(done)} of ${megabytes(total)}`, total > 0 ? Math.min(1, done / total) : undefined);
  }
  if (done < total) throw new Error(`cut after ${done} of ${total} bytes`);
}

/** Follows redirects by hand, so that none leads from https to http. */
async function follow(
  url: string,
  headers: Record<string, string> = {},
  { connections, signal }: { connections: Dispatcher; signal: AbortSignal },
): Promise<Response> {
  let at = new URL(url);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await fetch(at, { dispatcher: connections, headers, signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    if (at.protocol === 'https:' && next.protocol !== 'https:') {
      throw refused(url, `it leads to ${next.href}, which is not https`);
    }
    at = next;
  }
  throw refused(url, `it leads on after ${MAX_REDIRECTS} redirects`);
}

/** What went wrong, with what the network layer said below `fetch failed`. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function refused(url: string, reason: string): SetupFailure {
  return new SetupFailure(`cannot use ${url}: ${reason}`, {
    fix: [
      'Run the same command again: a cut transfer goes on where it ended.',
      `Install Go ${GO_FLOOR} or newer: Gitea is then built from its source.`,
      'HIVE_GITEA=/path/to/gitea uses a program of your own.',
    ],
  });
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
