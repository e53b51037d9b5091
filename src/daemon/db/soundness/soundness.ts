/** What a check of the whole database found. */
export interface Soundness {
  /** SQLite's words about the first damaged page, or null. */
  problem: string | null;
  /** Messages whose text is not what was stored. */
  damaged: number[];
}

/** What SQLite says of a damaged page, on one line. */
export function problemText(said: unknown): string {
  const text = said instanceof Error ? said.message : String(said);
  return text.replace('*** in database main ***', '').replaceAll(/\s+/g, ' ').trim();
}
