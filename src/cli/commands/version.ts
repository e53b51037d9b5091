import type { Command } from 'commander';
import { verb, type Cli } from '../cli.ts';
import { release } from '../install.ts';
import { json, say } from '../output.ts';

/** `hive version`. */
export function versionCommand(_cli: Cli): Command {
  return verb('version', 'print the versions of hive and Node', [])
    .option('--json', 'print the result as JSON')
    .action((options: { json?: boolean }) => {
      const versions = { hive: release(), node: process.versions.node };
      if (options.json) return json(versions);
      say(`hyperhive ${versions.hive} (Node ${versions.node})`);
    });
}
