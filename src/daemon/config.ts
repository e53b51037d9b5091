import { z } from 'zod';

/** `<home>/config.json`: what an operator may set; written by `hive up` from its options, read once at start. */
export const configFile = z.strictObject({
  /** Dashboard on http://localhost:<port>. */
  port: z.number().int().min(1).max(65_535),
  /** Forge on http://127.0.0.1:<forge_port>. */
  forge_port: z.number().int().min(1).max(65_535),
  /** First numeric uid of agents and services under root; agents take the ones above. */
  uid_base: z.number().int().min(1000).max(4_000_000_000).default(310_000),
  uid_count: z.number().int().min(64).default(10_000),
  /** Where model providers are. */
  models: z.strictObject({ anthropic: z.url() }).prefault({ anthropic: 'https://api.anthropic.com' }),
});
export type ConfigFile = z.infer<typeof configFile>;

/** `<home>/setup.json`: where setup found or made the parts a host lacks (src/protocol/setup.ts). */
export interface Parts {
  gitea: string;
  nodeDir: string;
  claudeDir: string | null;
}

/** The daemon's configuration, complete. */
export interface Config extends ConfigFile {
  home: string;
  /** Runtime folder of this home: sockets and pid (DESIGN §5). */
  run: string;
  /** Root of the installed hive: src/, templates/, forge-seed/, node_modules/. */
  install: string;
  /** Eight hex digits of the home's hash: part of cookie names, cgroups and the run folder. */
  hiveId: string;
  parts: Parts;
  /** True when running as uid 0: agents get host uids of their own. */
  root: boolean;
  logLevel: string;
}
