/** Random numbers that the same seed gives again. */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  /** Integer from `least` up to and with `most`. */
  between(least: number, most: number): number;
  /** One of `list`, which must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** A stream of its own for `who`, so that what one part draws does not change what another part gets. */
  of(who: string): Random;
}

/** A {@link Random} from `seed` (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const random: Random = {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (list) => {
      if (list.length === 0) throw new Error('nothing to pick from');
      return list[Math.floor(next() * list.length)] as (typeof list)[number];
    },
    of: (who) => seeded(seed ^ hash(who)),
  };
  return random;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}
