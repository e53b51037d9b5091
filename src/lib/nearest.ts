/** The one of `words` that somebody who wrote `word` most likely meant; undefined when none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  const near = words.map((known) => ({ known, far: distance(word, known) })).filter(({ far }) => far <= most);
  return (
    near.toSorted((one, other) => one.far - other.far)[0]?.known ??
    words.find((known) => word.length > 1 && known.startsWith(word))
  );
}

/** How many letters are to be put in, left out, changed or swapped with the next one. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? before[j - 2]! + 1 : changed;
      next.push(Math.min(changed, swapped, row[j]! + 1, next[j - 1]! + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1)!;
}
