import type { Happening } from './happening.ts';

/** What an agent did on the forge, for the list of what its turn did. */
export interface ForgeAct {
  kind: 'pull_request' | 'merge' | 'review' | 'comment';
  summary: string;
  url: string;
}

/** The act of `happening`'s sender, if it is one worth remembering. */
export function actOf(happening: Happening): ForgeAct | undefined {
  if (happening.kind === 'comment') {
    const { action, is_pull, issue, comment, repository } = happening;
    if (action !== 'created' || !is_pull) return undefined;
    return { kind: 'comment', summary: `commented on ${subject(repository.full_name, issue)}`, url: comment.html_url };
  }
  if (happening.kind !== 'pull') return undefined;
  const { action, review, pull_request: pull, repository } = happening;
  const on = subject(repository.full_name, pull);
  const url = pull.html_url;
  if (review) return { kind: 'review', summary: `reviewed ${on}`, url };
  if (action === 'opened') return { kind: 'pull_request', summary: `opened ${on}`, url };
  if (action === 'closed' && pull.merged) return { kind: 'merge', summary: `merged ${on}`, url };
  return undefined;
}

function subject(repository: string, { number, title }: { number: number; title: string }): string {
  return `pull request ${repository}#${number} "${title}"`;
}
