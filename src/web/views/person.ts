/** How many tints the stylesheet has: classes `tint-0` to `tint-11`. */
const TINTS = 12;

/** A sender or recipient as pages show it. */
export interface PersonView {
  name: string;
  /** What is written: `you` for the operator, `everyone` for `*`. */
  label: string;
  initials: string;
  tint: string;
  /** The agent's page; null for who has none. */
  href: string | null;
}

/** A person, an agent or a part of the hive, by name. */
export function personView(name: string): PersonView {
  if (name === 'operator') return { name, label: 'you', initials: 'yo', tint: 'tint-you', href: null };
  if (name === '*') return { name, label: 'everyone', initials: '∗', tint: 'tint-none', href: null };
  if (name === 'hive' || name === 'system' || name === 'forge') {
    return { name, label: name, initials: name.slice(0, 1), tint: 'tint-none', href: null };
  }
  return { name, label: name, initials: initials(name), tint: `tint-${tintOf(name)}`, href: `/agents/${name}` };
}

function initials(name: string): string {
  const words = name.split('-').filter((word) => word !== '');
  const [first = name, second] = words;
  return second ? first.slice(0, 1) + second.slice(0, 1) : first.slice(0, 2);
}

function tintOf(name: string): number {
  let hash = 2_166_136_261;
  for (const char of name) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619) >>> 0;
  return (hash >>> 8) % TINTS;
}
