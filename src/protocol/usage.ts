/** One model call as metered. */
export interface MeteredUsage {
  agent: string;
  turn: number | null;
  model: string;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  /** False when the stream was cut before its end: charged all the same. */
  complete: boolean;
}
