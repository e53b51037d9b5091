/** A tool call of a step. */
export interface ScriptedCall {
  tool: string;
  input?: Record<string, unknown>;
}

/** One answer of the scripted model. Everything is optional; what is left out is an ordinary fast answer. */
export interface Step {
  text?: string;
  tool?: string;
  input?: Record<string, unknown>;
  tools?: ScriptedCall[];
  /** Answer with this HTTP status and error `type` instead. */
  status?: number;
  type?: string;
  message?: string;
  headers?: Record<string, string>;
  /** The first `times` tries of this step only; later ones get `then` as text. Goes with `status` and `sse_error`. */
  times?: number;
  then?: string;
  /** No byte for so many ms. */
  hang?: number;
  /** Header at once, first event after so many ms. */
  wait?: number;
  /** Silence of so many ms after `message_start`. */
  stall?: number;
  /** So many ms between pieces of four characters. */
  slow?: number;
  /** So many pings, a second apart, before the content. */
  ping?: number;
  /** The connection is cut in the middle of the first block. */
  cut?: boolean;
  /** An `error` event of this type after `message_start`. */
  sse_error?: string;
  /** Overrides the stop reason. */
  stop?: string;
  usage?: Record<string, number>;
}

/** A message of a request, as far as the script needs it. */
export interface ModelMessage {
  role: string;
  content: string | { type: string; text?: string }[];
}

/** The text that makes the scripted model answer with these steps, one per request; put it anywhere into a prompt. */
export function script(...steps: Step[]): string {
  return `SCRIPT${JSON.stringify(steps)}`;
}

/** The step that answers these messages: the last script in a user's message counts, and its step is the number of answers since. `key` names script and step. */
export function pickStep(messages: ModelMessage[]): { step: Step; key: string } {
  const found = messages
    .map((message, at) => ({ at, steps: message.role === 'user' ? lastScript(message) : undefined }))
    .findLast(({ steps }) => steps !== undefined);
  if (!found?.steps) return { step: { text: 'ok' }, key: 'none' };
  const answers = messages.slice(found.at + 1).filter(({ role }) => role === 'assistant').length;
  const step = found.steps[Math.min(answers, found.steps.length - 1)] ?? { text: 'ok' };
  return { step, key: JSON.stringify(found.steps) + answers };
}

function lastScript({ content }: ModelMessage): Step[] | undefined {
  const texts = typeof content === 'string' ? [content] : content.map(({ text }) => text ?? '');
  return texts.map(readScript).findLast((steps) => steps !== undefined);
}

/** The JSON array right after `SCRIPT`: the shortest text up to a `]` that parses. */
function readScript(text: string): Step[] | undefined {
  const start = text.indexOf('SCRIPT[');
  if (start < 0) return undefined;
  const from = start + 'SCRIPT'.length;
  for (let end = text.indexOf(']', from); end >= 0; end = text.indexOf(']', end + 1)) {
    try {
      return JSON.parse(text.slice(from, end + 1)) as Step[];
    } catch {
      continue;
    }
  }
  return undefined;
}
