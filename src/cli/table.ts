import Table from 'cli-table3';
import { dim, plain, say } from './output.ts';

/** Prints rows under a header, without a frame. */
export function table(header: string[], rows: string[][]): void {
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' }; // prettier-ignore
  const out = new Table({
    head: header.map(dim),
    chars: none,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  out.push(...rows.map((row) => row.map(plain)));
  say(out.toString());
}
