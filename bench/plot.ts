import type { PeerRow } from './peers.ts';
import type { Target } from './targets.ts';

const WIDTH = 890;
const LABEL = 325;
const BAR = 14;
const LINE = 22;
const SCALE = WIDTH - LABEL - 115;

/** Readable on a light and on a dark page; ours is the strong colour, a limit that is missed the warning one. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .head { font-weight: 600; font-size: 15px }
  .note { fill: #57606a; font-size: 12px }
  .ours { fill: #0969da } .peer { fill: #8c959f } .missed { fill: #cf222e } .limit { stroke: #cf222e; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 } .ours { fill: #4493f8 } .peer { fill: #6e7681 } .missed { fill: #f85149 } .limit { stroke: #f85149 }
  }`;

interface Bar {
  label: string;
  value: number;
  text: string;
  kind: 'ours' | 'peer' | 'missed';
}

/** An SVG with the ratios as shares of their limits, and the peers' rates beside ours. */
export function plot(targets: readonly Target[], peers: readonly PeerRow[]): string {
  const parts: string[] = [];
  let top = 26;
  const section = (head: string, note: string, bars: readonly Bar[], limit?: number): void => {
    parts.push(`<text class="head" x="0" y="${top}">${escape(head)}</text>`);
    parts.push(`<text class="note" x="0" y="${top + 18}">${escape(note)}</text>`);
    top += 30;
    const most = Math.max(1e-9, limit ?? 0, ...bars.map((bar) => bar.value));
    for (const bar of bars) top = draw(parts, bar, top, most);
    if (limit !== undefined) parts.push(rule(LABEL + (limit / most) * SCALE, top - bars.length * LINE, top - 4));
    top += 34;
  };
  section(
    'Limits',
    'share of what is allowed that was used; shorter is better, what passes the line is missed',
    targets.map(used),
    1,
  );
  for (const [head, rate] of RATES) section(head, 'per second; longer is better', rated(peers, rate));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="Results of npm run bench">
<style>${STYLE}
</style>
${parts.join('\n')}
</svg>
`;
}

const RATES: [string, (row: PeerRow) => number | undefined][] = [
  ['Durable sends, 10 senders', (row) => row.result?.sends[10].perSecond],
  ['Durable sends, 100 senders', (row) => row.result?.sends[100].perSecond],
  ['Consume and acknowledge, 32 consumers', (row) => row.result?.consumed],
];

function used({ name, value, good, must }: Target): Bar {
  const share = good === 'atMost' ? value / must : must / value;
  const text = `${value.toFixed(2)} (${good === 'atMost' ? '≤' : '≥'} ${must})`;
  return { label: name, value: Math.max(0, share), text, kind: share > 1 ? 'missed' : 'ours' };
}

function rated(peers: readonly PeerRow[], rate: (row: PeerRow) => number | undefined): Bar[] {
  return peers.flatMap((row) => {
    const value = rate(row);
    if (value === undefined) return [];
    const kind = row.name.startsWith('hive') ? 'ours' : 'peer';
    return { label: row.name, value, text: Math.round(value).toLocaleString('en'), kind };
  });
}

function draw(parts: string[], { label, value, text, kind }: Bar, top: number, most: number): number {
  const width = Math.max(1, (value / most) * SCALE).toFixed(1);
  parts.push(
    `<text x="${LABEL - 10}" y="${top + 12}" text-anchor="end">${escape(label)}</text>`,
    `<rect class="${kind}" x="${LABEL}" y="${top}" width="${width}" height="${BAR}" rx="2"/>`,
    `<text x="${LABEL + SCALE + 12}" y="${top + 12}">${escape(text)}</text>`,
  );
  return top + LINE;
}

function rule(x: number, from: number, to: number): string {
  return `<line class="limit" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${from - 4}" y2="${to}"/>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
