import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFile, type ConfigFile } from '#src/protocol/config-file.ts';

/** `config.json` of a home as the daemon reads it; undefined where that refuses it, and says why. */
export function readConfig(home: string): ConfigFile | undefined {
  try {
    return configFile.safeParse(JSON.parse(readFileSync(join(home, 'config.json'), 'utf8'))).data;
  } catch {
    return undefined;
  }
}
