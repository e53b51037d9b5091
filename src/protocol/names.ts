import { z } from 'zod';

/** Names no agent may have: principals, accounts and organisations of the hive (DESIGN §8). */
const RESERVED = ['hive', 'hive-root', 'operator', 'org-shared', 'system', 'web', 'all'];

/**
 * Names Gitea refuses for users, as far as they match the agents' pattern
 * (`reservedUsernames` in Gitea 1.27.3's models/user/user.go).
 */
const RESERVED_BY_FORGE = [
  'admin', 'api', 'assets', 'attachments', 'avatar', 'avatars', 'captcha', 'commits', 'debug', 'devtest', 'error',
  'explore', 'favicon', 'ghost', 'issues', 'login', 'manifest', 'metrics', 'milestones', 'new', 'notifications', 'org',
  'pulls', 'raw', 'repo', 'search', 'ssh_info', 'stars', 'swagger', 'template', 'user', 'v2', 'gitea-actions',
]; // prettier-ignore

/** The rule for agent names in words, for error messages. */
export const AGENT_NAME_RULE =
  'a lower-case letter, then up to 30 lower-case letters, digits or dashes, and not a name that the hive or the forge reserves';

/** Says why `name` cannot be an agent's name, or nothing when it can. */
export function agentNameProblem(name: string): string | undefined {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) return `"${name}" is not an agent name: ${AGENT_NAME_RULE}`;
  if ([...RESERVED, ...RESERVED_BY_FORGE].includes(name))
    return `"${name}" is reserved, no agent can be called so: ${AGENT_NAME_RULE}`;
  return undefined;
}

/** An agent's name; refused with the rule. */
export const agentName = z.string().check((ctx) => {
  const problem = agentNameProblem(ctx.value);
  if (problem) ctx.issues.push({ code: 'custom', message: problem, input: ctx.value });
});

/** Who a message goes to: an agent, `operator`, or `*` (every other agent). */
export const recipientName = z.union([z.literal('operator'), z.literal('*'), agentName]);
