import { createHmac, timingSafeEqual } from 'node:crypto';

/** What of an outbox row its marker vouches for. */
export interface MarkedRow {
  id: number;
  ask: number;
  kind: string;
  author: string;
}

const MARKER = /<!-- hive:(\d{1,15}):([0-9a-f]{32}) -->/g;

/** The sign of a row that a text on the forge carries, invisible on the page: who knows no secret cannot make one. */
export function markerOf(secret: string, row: MarkedRow): string {
  return `<!-- hive:${row.id}:${markerKey(secret, row)} -->`;
}

/** The part of a marker to search for. */
export function markerKey(secret: string, row: MarkedRow): string {
  const told = JSON.stringify(['outbox', row.id, row.ask, row.kind, row.author]);
  return createHmac('sha256', secret).update(told).digest('hex').slice(0, 32);
}

/** True when `text` carries the marker of `row`. Whoever reads the page's source can copy one: the text's author decides with it. */
export function isMarked(secret: string, row: MarkedRow, text: string): boolean {
  const right = Buffer.from(markerKey(secret, row));
  return markers(text).some((one) => one.id === row.id && timingSafeEqual(Buffer.from(one.key), right));
}

/** Ids of the rows whose markers a text claims to carry. */
export function claimedRows(text: string): number[] {
  return markers(text).map((one) => one.id);
}

/** The text as people read it: without anything that looks like a marker. */
export function withoutMarkers(text: string): string {
  return text.replaceAll(MARKER, '').trim();
}

function markers(text: string): { id: number; key: string }[] {
  return [...text.matchAll(MARKER)].map((match) => ({ id: Number(match[1]), key: match[2]! }));
}
