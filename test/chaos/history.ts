import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A message as its sender knows it. */
export interface Sent {
  /** In the body, and nowhere else in the run. */
  token: string;
  sender: string;
  to: string;
  /** Counts the sender's messages to everybody, in the order in which they were confirmed. */
  nth: number;
  /** Checksum of the whole body. */
  sum: string;
  /** The number that the hive gave it; null = never confirmed. */
  message: number | null;
}

const sight = z.strictObject({
  token: z.string(),
  turn: z.number().int(),
  delivery: z.number().int(),
  message: z.number().int(),
  redelivered: z.number().int(),
  sum: z.string(),
});

/** One look of a runtime at a message, as it wrote it down itself before it did anything else. */
export type Sight = z.infer<typeof sight>;

/** What everybody saw, and nothing of what the hive says about itself. */
export interface History {
  sent: Sent[];
  /** By receiver, in the order of looking. */
  seen: Map<string, Sight[]>;
  /** Deliveries that the operator queued again after they were given up: these may be overtaken. */
  retried: ReadonlySet<number>;
}

/** Reads a receiver's own log; a line that was cut off by a kill was not seen. */
export function readSights(path: string): Sight[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const parsed = sight.safeParse(parse(line));
    return parsed.success ? [parsed.data] : [];
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
