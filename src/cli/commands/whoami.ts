import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withHive } from '../connection.ts';
import { json, say } from '../output.ts';

/** `hive whoami`: who a command speaks as, and where things are. */
export function whoamiCommand(cli: Cli): Command {
  return verb('whoami', 'who you are to the hive', ['hive whoami --json'])
    .option('--json', 'print the result as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const environment = environmentOf(cli, command);
      if (!environment.agentSocket) {
        const me = { name: 'operator', home: environment.home };
        return options.json ? json(me) : say(`operator of the hive in ${environment.home}`);
      }
      const me = await withHive(environment, (client) => client.call(methods.whoami, {}));
      if (options.json) return json(me);
      say(`${me.name}${me.role ? ` (${me.role})` : ''}`);
      say(`forge: ${me.forge}`);
      say(`peers: ${me.peers.map((peer) => peer.name).join(', ') || 'none'}`);
      say(`outside hosts you may reach: ${me.egress.join(', ') || 'none'}`);
    });
}
