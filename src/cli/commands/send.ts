import type { Command } from 'commander';
import { methods } from '#src/protocol/methods/index.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { keyOf, withHive } from '../connection.ts';
import { json, nextStep, say } from '../output.ts';
import { readId, readText } from '../values.ts';

/** `hive send TO BODY`: a message to an agent, `operator` or everybody (`'*'`). */
export function sendCommand(cli: Cli): Command {
  return verb('send', 'send a message to an agent, to operator or to everybody (*)', [
    'hive send alice "please look at the failing build"',
    'git log -1 | hive send bob -',
  ])
    .argument('<to>', 'an agent, operator or *')
    .argument('<body>', 'the text; - reads it from standard input')
    .option('--in-reply-to <id>', 'id of the message this answers', readId)
    .option('--json', 'print the result as JSON')
    .action(async (to: string, body: string, options: { inReplyTo?: number; json?: boolean }, command: Command) => {
      const environment = environmentOf(cli, command);
      const input = { to, body: await readText(body), ...keyOf(environment) };
      const reply = options.inReplyTo === undefined ? input : { ...input, in_reply_to: options.inReplyTo };
      const sent = await withHive(environment, (client) => client.call(methods.send, reply));
      if (options.json) return json(sent);
      say(`message ${sent.id} to ${sent.recipients.join(', ') || 'nobody'}: stored`);
      if (sent.note) say(sent.note);
      if (!environment.agentSocket) nextStep('hive status shows who works on it; hive inbox shows what comes back');
    });
}
