import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { DiskEvent } from './events.ts';

/** A change of a file's content that need not be on the disk yet. */
type Change = { at: number } & ({ offset: number; data: Buffer } | { size: number });

interface File {
  folder: boolean;
  /** What is on the disk for certain. */
  durable: Buffer;
  pending: Change[];
}

/** A change of names that need not be on the disk yet. */
type Naming = { at: number; path: string; file: File | undefined; folder: string; from?: string };

/** Random numbers in [0, 1) from a seed, so that an image can be made again. */
export type Chance = () => number;

/** How torn a write may be: disks write sectors whole. */
const SECTORS = [512, 4096];

/** The files of a home as a disk has them: what was synced for certain, and what was not yet. */
export class Disk {
  readonly #home: string;
  /** Names as programs see them. */
  readonly #names = new Map<string, File>();
  /** Names that are on the disk for certain. */
  readonly #durable = new Map<string, File>();
  #namings: Naming[] = [];
  /** Folders that were there before. */
  readonly #folders = new Set<string>();

  /** Everything that is in `home` already is on the disk. */
  constructor(home: string, from: string) {
    this.#home = home;
    for (const name of readdirSync(from, { recursive: true, withFileTypes: true })) {
      const path = join(name.parentPath, name.name);
      if (name.isDirectory()) this.#folders.add(join(home, relative(from, path)));
      if (!name.isFile()) continue;
      const file: File = { folder: false, durable: readFileSync(path), pending: [] };
      for (const names of [this.#names, this.#durable]) names.set(join(home, relative(from, path)), file);
    }
  }

  /** Lets one event happen. */
  apply(event: DiskEvent): void {
    if (event.do === 'create' && !this.#names.has(event.path)) this.#name(event.at, event.path, newFile(event.folder));
    if (event.do === 'unlink') this.#name(event.at, event.path, undefined);
    if (event.do === 'rename') this.#rename(event.at, event.path, event.to);
    if (event.do === 'write') this.#names.get(event.path)?.pending.push(event);
    if (event.do === 'truncate') this.#names.get(event.path)?.pending.push(event);
    if (event.do === 'sync') this.#sync(event.path, event.began);
  }

  /** Writes to `to` what the disk may hold after the power went: all that was synced, and any part of what was not. */
  writeImage(to: string, chance: Chance): void {
    const names = new Map(this.#durable);
    const inOrder = chance() < 0.5;
    const kept = Math.floor(chance() * (this.#namings.length + 1));
    this.#namings.forEach((naming, index) => {
      if (inOrder ? index < kept : chance() < 0.5) rename(names, naming);
    });
    const share = [0, 1, 0.5, 0.9][Math.floor(chance() * 4)] ?? 0;
    mkdirSync(to, { recursive: true });
    for (const [path, file] of names) {
      if (file.folder || !this.#isReachable(names, path)) continue;
      const target = join(to, relative(this.#home, path));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, contentOf(file, share, chance));
    }
  }

  /** A folder that did not survive takes what is in it along. */
  #isReachable(names: Map<string, File>, path: string): boolean {
    const folder = dirname(path);
    return folder === this.#home || this.#folders.has(folder) || names.has(folder);
  }

  #name(at: number, path: string, file: File | undefined): void {
    if (file) this.#names.set(path, file);
    else this.#names.delete(path);
    this.#namings.push({ at, path, file, folder: dirname(path) });
  }

  #rename(at: number, from: string, path: string): void {
    const file = this.#names.get(from);
    this.#names.delete(from);
    if (file) this.#names.set(path, file);
    this.#namings.push({ at, path, file, folder: dirname(path), from });
  }

  /** A file's sync keeps its content, a folder's its names; what came after the sync began is not covered. */
  #sync(path: string, began: number): void {
    const file = this.#names.get(path);
    if (file) {
      const covered = file.pending.filter(({ at }) => at < began);
      file.durable = applied(file.durable, covered);
      file.pending = file.pending.filter(({ at }) => at >= began);
    }
    const settled = this.#namings.filter(({ folder, at }) => folder === path && at < began);
    for (const naming of settled) rename(this.#durable, naming);
    this.#namings = this.#namings.filter((naming) => !settled.includes(naming));
  }
}

function newFile(folder: boolean): File {
  return { folder, durable: Buffer.alloc(0), pending: [] };
}

function rename(names: Map<string, File>, { path, file, from }: Naming): void {
  if (from !== undefined) names.delete(from);
  if (file) names.set(path, file);
  else names.delete(path);
}

/** The content with some of the pending changes, some of those torn. */
function contentOf(file: File, share: number, chance: Chance): Buffer {
  const kept = file.pending
    .filter(() => chance() < share)
    .flatMap((change) => ('data' in change && chance() < 0.2 ? sectorsOf(change, chance) : [change]));
  return applied(file.durable, kept);
}

/** Some of the sectors that a write touches. */
function sectorsOf(write: { at: number; offset: number; data: Buffer }, chance: Chance): Change[] {
  const sector = SECTORS[Math.floor(chance() * SECTORS.length)] ?? 512;
  const parts: Change[] = [];
  for (let from = 0; from < write.data.length;) {
    const offset = write.offset + from;
    const length = Math.min(write.data.length - from, sector - (offset % sector));
    if (chance() < 0.5) parts.push({ at: write.at, offset, data: write.data.subarray(from, from + length) });
    from += length;
  }
  return parts;
}

/** The content after some changes; what a file grows by is zero. */
function applied(content: Buffer, changes: Change[]): Buffer {
  const ends = changes.map((change) => ('size' in change ? change.size : change.offset + change.data.length));
  const room = Buffer.alloc(Math.max(content.length, ...ends));
  content.copy(room);
  let size = content.length;
  for (const change of changes) {
    if ('data' in change) change.data.copy(room, change.offset);
    else room.fill(0, Math.min(change.size, size));
    size = 'size' in change ? change.size : Math.max(size, change.offset + change.data.length);
  }
  return room.subarray(0, size);
}
