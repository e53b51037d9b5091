import { z } from 'zod';
import { done, get } from './call.ts';
import type { Gitea } from './connect.ts';

/** A label as the hive wants it; `color` is six hex digits. */
export interface LabelWish {
  name: string;
  color: string;
  description: string;
  exclusive: boolean;
}

const label = z.object({
  id: z.number(),
  name: z.string(),
  color: z.string(),
  description: z.string().default(''),
  exclusive: z.boolean().default(false),
});

/** The repository has these labels; answers every label's id by name. */
export async function ensureLabels(
  gitea: Gitea,
  owner: string,
  name: string,
  wishes: LabelWish[],
): Promise<Map<string, number>> {
  const what = `the labels of ${owner}/${name}`;
  const found = await get(`list ${what}`, z.array(label), gitea.repos.issueListLabels(owner, name, { limit: 100 }));
  const ids = new Map(found.map((one) => [one.name, one.id]));
  for (const wish of wishes) {
    const there = found.find((one) => one.name === wish.name);
    if (!there) {
      const made = await get(`add to ${what}`, label, gitea.repos.issueCreateLabel(owner, name, wish));
      ids.set(wish.name, made.id);
    } else if (
      there.color !== wish.color ||
      there.description !== wish.description ||
      there.exclusive !== wish.exclusive
    ) {
      await done(`repair ${what}`, gitea.repos.issueEditLabel(owner, name, there.id, wish));
    }
  }
  return ids;
}
