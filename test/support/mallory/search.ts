import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readSync, readlinkSync, statSync, type Stats } from 'node:fs';

/** What to look for. Nothing of it stands here in clear: the search would find itself. */
export interface SearchOrder {
  /** Needles with their bytes as hexadecimal digits from the last to the first. */
  needles: { name: string; hidden: string }[];
  /** Values of 64 hexadecimal digits are looked for by their SHA-256. */
  hashes: { name: string; sha256: string }[];
  /** A file whose last change is older (milliseconds) cannot hold anything of this hive. */
  since: number;
}

/** What was found, and how much was looked at. */
export interface SearchResult {
  found: { name: string; where: string }[];
  files: number;
  processes: number;
  unreadable: number;
}

const PIECE = 4 * 1024 * 1024;
const OVERLAP = 4096;
const HEX_64 = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

const order = JSON.parse(Buffer.from(process.argv[1] ?? '', 'base64').toString()) as SearchOrder;
const needles = order.needles.flatMap(({ name, hidden }) => {
  const plain = Buffer.from(hidden.split('').toReversed().join(''), 'hex');
  return [plain, Buffer.from(plain.toString('base64')), Buffer.from(plain.toString('hex'))].map((bytes) => ({
    name,
    bytes,
  }));
});
const result: SearchResult = { found: [], files: 0, processes: 0, unreadable: 0 };

function look(piece: Buffer, where: string): void {
  for (const { name, bytes } of needles) if (piece.includes(bytes)) note(name, where);
  for (const [digits] of piece.toString('latin1').matchAll(HEX_64)) {
    const sha256 = createHash('sha256').update(digits).digest('hex');
    for (const hash of order.hashes) if (hash.sha256 === sha256) note(hash.name, where);
  }
}

function note(name: string, where: string): void {
  if (!result.found.some((one) => one.name === name && one.where === where)) result.found.push({ name, where });
}

/** Reads to the end, in pieces that overlap. */
function searchFile(path: string): void {
  try {
    const fd = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(PIECE);
      for (let kept = 0, read = 0; (read = readSync(fd, buffer, kept, PIECE - kept, null)) > 0;) {
        const end = kept + read;
        look(buffer.subarray(0, end), path);
        kept = Math.min(end, OVERLAP);
        buffer.copy(buffer, 0, end - kept, end);
      }
      result.files++;
    } finally {
      closeSync(fd);
    }
  } catch {
    result.unreadable++;
  }
}

function changed({ mtimeMs, ctimeMs }: Stats): number {
  return Math.max(mtimeMs, ctimeMs);
}

function walk(folder: string): void {
  for (const path of namesIn(folder).map((name) => `${folder}/${name}`)) {
    if (path === '/proc') continue;
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) look(Buffer.from(readlinkSync(path)), path);
    else if (stats?.isDirectory()) walk(path);
    else if (stats?.isFile() && changed(stats) >= order.since) searchFile(path);
  }
}

/** Environment, command line and open files, deleted ones too. */
function searchProcess(pid: string): void {
  result.processes++;
  for (const name of ['environ', 'cmdline', 'maps', 'mountinfo', 'comm']) searchFile(`/proc/${pid}/${name}`);
  for (const fd of namesIn(`/proc/${pid}/fd`).map((name) => `/proc/${pid}/fd/${name}`)) {
    const stats = statSync(fd, { throwIfNoEntry: false });
    if (stats?.isFile() && changed(stats) >= order.since) searchFile(fd);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder === '' ? '/' : folder);
  } catch {
    result.unreadable++;
    return [];
  }
}

walk('');
for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) searchProcess(pid);
process.stdout.write(JSON.stringify(result));
