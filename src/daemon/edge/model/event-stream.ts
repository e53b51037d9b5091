import { StringDecoder } from 'node:string_decoder';

/** Longest line that is looked at; longer ones pass unread. */
const MAX_LINE = 4 * 1024 * 1024;

/** Reads the JSON of `data:` lines out of a `text/event-stream` that passes by in chunks. What is no JSON is skipped. */
export function createEventReader(onEvent: (event: unknown) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  return (chunk) => {
    const lines = (pending + decoder.write(chunk)).split(/\r\n|\n|\r/);
    pending = lines.pop() ?? '';
    if (pending.length > MAX_LINE) pending = '';
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const event = parse(line.slice('data:'.length));
      if (event !== undefined) onEvent(event);
    }
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
