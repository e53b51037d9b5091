import type { Daemon } from '../daemon.ts';
import type { Overview } from '../views/needs.ts';

/** What a page may use while it is loaded: the daemon, as the person who looks. */
export interface Look {
  daemon: Daemon;
  session: string;
  params: Record<string, string | undefined>;
  query: URLSearchParams;
  /** The hive as a whole, read for this look. */
  overview: Overview;
}

/** A piece of a page that is replaced live: a template and its view-model. */
export interface Part {
  /** Name of the server-sent event and of the element that shows it; not one that EventSource keeps for itself (open, error, message). */
  name: string;
  template: string;
  data: object;
}

/** A page with everything its templates need. */
export interface Loaded {
  title: string;
  /** Which entry of the navigation is lit. */
  section: 'hive' | 'threads' | 'messages';
  template: string;
  data: object;
  parts: Part[];
}

/** A page of the dashboard: loaded once for its address and again for every live change. */
export interface Page {
  /** Path pattern of its address, in express's and URLPattern's common syntax. */
  path: string;
  /** Throws `not_found` when the address names nothing. */
  load(look: Look): Promise<Loaded>;
}
