import { z } from 'zod';

/** What the web process is told at its start; it has no other source and no secret. */
export interface WebConfig {
  /** The daemon's socket. */
  socket: string;
  /** The port in the one address the dashboard answers to, `http://localhost:<port>`. */
  port: number;
  /** Eight hex digits: part of cookie names, since cookies ignore ports. */
  hiveId: string;
  /** Where the forge is, without a slash at the end; the sign-in goes there. */
  forgeUrl: string;
  /** The person's account name, for the sign-in page. */
  operator: string;
  /** Path of the file with the first password, for the sign-in page; null when there is none. */
  passwordFile: string | null;
  /** How many listening sockets were handed over, from descriptor 3 on. */
  listeners: number;
}

const environment = z.object({
  HIVE_WEB_SOCKET: z.string().min(1),
  HIVE_WEB_PORT: z.coerce.number().int().min(1).max(65_535),
  HIVE_WEB_ID: z.string().regex(/^[0-9a-f]{8}$/),
  HIVE_WEB_FORGE: z.url(),
  HIVE_WEB_OPERATOR: z.string().default('operator'),
  HIVE_WEB_PASSWORD_FILE: z.string().optional(),
  HIVE_WEB_LISTENERS: z.coerce.number().int().min(1).max(2).default(1),
});

/** Reads the configuration from the environment that the daemon sets; throws with the variable's name when one is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): WebConfig {
  const values = environment.parse(env);
  return {
    socket: values.HIVE_WEB_SOCKET,
    port: values.HIVE_WEB_PORT,
    hiveId: values.HIVE_WEB_ID,
    forgeUrl: values.HIVE_WEB_FORGE.replace(/\/$/, ''),
    operator: values.HIVE_WEB_OPERATOR,
    passwordFile: values.HIVE_WEB_PASSWORD_FILE ?? null,
    listeners: values.HIVE_WEB_LISTENERS,
  };
}
