import type { Command } from 'commander';
import { HiveError } from '#src/lib/errors.ts';
import { methods } from '#src/protocol/methods/index.ts';
import { received, type Received } from '#src/protocol/shapes.ts';
import { environmentOf, verb, type Cli } from '../cli.ts';
import { withAgent } from '../connection.ts';
import { json, say } from '../output.ts';
import { printReceived } from '../received.ts';
import { collect } from '../values.ts';

type Field = keyof Received;
const FIELDS = Object.keys(received.shape) as Field[];

/** `hive turn`, inside a turn: the messages it has taken, whole or some fields of the first; they count as read. For scripts of the command runtime. */
export function turnCommand(cli: Cli): Command {
  return verb('turn', 'inside a turn: the messages it has taken', [
    'hive turn --json',
    'hive turn --get kind,from,body',
  ])
    .option('--get <fields>', `print fields of the first message, one after the other: ${FIELDS.join(', ')}`, collect)
    .option('--json', 'print the result as JSON')
    .action(async (options: { get?: string[]; json?: boolean }, command: Command) => {
      const environment = environmentOf(cli, command);
      const { turn } = environment;
      if (turn === null) throw new HiveError('invalid', 'there is no turn here: HIVE_TURN is not set');
      const fields = options.get?.map(readField);
      const { messages } = await withAgent(environment, (client) => client.call(methods.turnMessages, { turn }));
      print(messages, options.json === true, fields);
      const deliveries = messages.map(({ delivery }) => delivery);
      if (deliveries.length > 0)
        await withAgent(environment, (client) => client.call(methods.presented, { turn, deliveries }));
    });
}

function print(messages: Received[], asJson: boolean, fields: Field[] | undefined): void {
  if (asJson) return json(messages);
  if (fields === undefined) return messages.forEach(printReceived);
  const [first] = messages;
  for (const field of fields) say(first ? asText(first[field]) : '');
}

function readField(name: string): Field {
  const field = FIELDS.find((known) => known === name);
  if (!field) throw new HiveError('invalid', `"${name}" is no field of a message: use ${FIELDS.join(', ')}`);
  return field;
}

function asText(value: Received[Field]): string {
  return Array.isArray(value) ? value.join('\n') : String(value ?? '');
}
