import { createHash } from 'node:crypto';

/** Events closer together than this make one update. */
const COALESCE_MS = 50;
/** In a storm of events a browser's updates take at most one part in so many of this process. */
const SHARE = 4;
const LONGEST_MS = 400;
/** No event tells that the disk is full or that something else is wrong with the daemon: that is looked for. */
const LOOK_MS = 30_000;

/** One rendered piece of the page a browser shows. */
export interface RenderedPart {
  name: string;
  html: string;
}

/** What {@link liveView} is built from. */
export interface LiveViewOptions {
  /** Loads and renders the page as it is now. */
  render(): Promise<RenderedPart[]>;
  /** Gets each part that differs from what was sent before, with the number of the latest event it reflects. */
  send(part: RenderedPart, seq: number | undefined): void;
  /** Told once when rendering failed; nothing is rendered afterwards. */
  failed(error: unknown): void;
  delayMs?: number;
  lookMs?: number;
}

/** Keeps what one browser shows up to date. */
export interface LiveView {
  /** Something changed: render again soon. One rendering runs at a time, however many changes come. */
  touch(seq?: number): void;
  stop(): void;
}

/** Renders after each burst of changes, and now and then, and sends only the parts that are different now. */
export function liveView(options: LiveViewOptions): LiveView {
  const sent = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  let stopped = false;
  let latest: number | undefined;
  let tookMs = 0;
  const looking = setInterval(() => touch(), options.lookMs ?? LOOK_MS);

  async function update(): Promise<void> {
    timer = undefined;
    running = true;
    const seq = latest;
    const startedAt = performance.now();
    try {
      const parts = await options.render();
      for (const part of parts) if (!stopped && isNew(sent, part)) options.send(part, seq);
    } catch (error) {
      if (!stopped) options.failed(error);
      stop();
    }
    running = false;
    tookMs = performance.now() - startedAt;
    if (again) schedule();
  }

  function schedule(): void {
    again = false;
    const delayMs = Math.max(options.delayMs ?? COALESCE_MS, Math.min(LONGEST_MS, tookMs * (SHARE - 1)));
    if (!stopped) timer ??= setTimeout(() => void update(), delayMs);
  }

  function touch(seq?: number): void {
    latest = seq ?? latest;
    if (running) again = true;
    else schedule();
  }

  function stop(): void {
    stopped = true;
    clearTimeout(timer);
    clearInterval(looking);
  }

  return { touch, stop };
}

/** Whether a part changed; how long ago something was is counted on in the browser and is no change. */
function isNew(sent: Map<string, string>, part: RenderedPart): boolean {
  const hash = createHash('sha256')
    .update(part.html.replace(/>[^<]*<\/time>/g, ''))
    .digest('base64');
  if (sent.get(part.name) === hash) return false;
  sent.set(part.name, hash);
  return true;
}
