import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScriptedCall, Step } from './script.ts';

type Block = { type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: object };

/** One answer about to be given. */
export interface Answer {
  res: ServerResponse;
  step: Step;
  /** Number of the request: part of every id. */
  number: number;
  model: unknown;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
}

/** Answers with an error of the API. */
export function answerError({ res, number }: Pick<Answer, 'res' | 'number'>, step: Step): void {
  const { status = 500, type = 'api_error', message = type, headers } = step;
  res.writeHead(status, { 'content-type': 'application/json', 'request-id': `req_${number}`, ...headers });
  res.end(JSON.stringify({ type: 'error', error: { type, message } }));
}

/** Answers in one JSON object. */
export function answerWhole(answer: Answer): void {
  const { res, step, number } = answer;
  if (step.cut) return void res.destroy();
  if (step.sse_error) return answerError(answer, { status: 529, type: step.sse_error });
  const blocks = blocksOf(answer);
  res.writeHead(200, { 'content-type': 'application/json', 'request-id': `req_${number}` });
  res.end(JSON.stringify({ ...messageOf(answer), content: blocks, stop_reason: stopReason(step) }));
}

/** Answers as the API streams. */
export async function answerStream(answer: Answer): Promise<void> {
  const { res, step, number, signal } = answer;
  const send = (type: string, fields: object): void => {
    res.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  };
  res.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'request-id': `req_${number}`,
  });
  res.flushHeaders();
  await pause(step.wait, signal);
  send('message_start', { message: messageOf(answer) });
  await pause(step.stall, signal);
  for (let pings = step.ping ?? 0; pings > 0; pings--) {
    send('ping', {});
    await pause(1000, signal);
  }
  if (step.sse_error) {
    send('error', { error: { type: step.sse_error, message: step.sse_error } });
    return void res.end();
  }
  for (const [index, block] of blocksOf(answer).entries()) {
    await sendBlock({ index, block, send, answer });
    if (step.cut) return void res.destroy();
    send('content_block_stop', { index });
  }
  const usage = { output_tokens: step.usage?.output_tokens ?? 10 };
  send('message_delta', { delta: { stop_reason: stopReason(step), stop_sequence: null }, usage });
  send('message_stop', {});
  res.end();
}

async function sendBlock(piece: {
  index: number;
  block: Block;
  send: (type: string, fields: object) => void;
  answer: Answer;
}): Promise<void> {
  const { index, block, send, answer } = piece;
  const { slow, cut } = answer.step;
  send('content_block_start', {
    index,
    content_block: block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} },
  });
  const text = block.type === 'text' ? block.text : JSON.stringify(block.input);
  for (const part of slow ? (text.match(/[\s\S]{1,4}/g) ?? []) : [text]) {
    const delta =
      block.type === 'text' ? { type: 'text_delta', text: part } : { type: 'input_json_delta', partial_json: part };
    send('content_block_delta', { index, delta });
    await pause(slow, answer.signal);
  }
  // What was written must have left before the connection is cut.
  if (cut) await pause(50, answer.signal);
}

function blocksOf({ step, number }: Answer): Block[] {
  const calls: ScriptedCall[] =
    step.tools ?? (step.tool ? [{ tool: step.tool, ...(step.input && { input: step.input }) }] : []);
  const texts: Block[] = step.text === undefined ? [] : [{ type: 'text', text: step.text }];
  return [
    ...texts,
    ...calls.map(({ tool, input = {} }, at): Block => ({
      type: 'tool_use',
      id: `toolu_${number}_${at}`,
      name: tool,
      input,
    })),
  ];
}

function messageOf({ step, number, model }: Answer): object {
  const usage = {
    input_tokens: 100,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 1,
    ...step.usage,
  };
  const head = { id: `msg_${number}`, type: 'message', role: 'assistant', model };
  return { ...head, content: [], stop_reason: null, stop_sequence: null, usage };
}

function stopReason(step: Step): string {
  return step.stop ?? (step.tools?.length || step.tool ? 'tool_use' : 'end_turn');
}

async function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  if (ms) await sleep(ms, undefined, { signal });
}
