import type { PinnedPackage } from './npm.ts';

/** The tested version; what depends on it is in FACTS/claude. */
export const CLAUDE_VERSION = '2.1.331';

/** The native binary packages (glibc) by Node's name of the processor; the content is pinned, too. */
export const CLAUDE_PACKAGES: Partial<Record<string, PinnedPackage>> = {
  x64: {
    name: '@anthropic-ai/claude-code-linux-x64',
    version: CLAUDE_VERSION,
    integrity: 'sha512-IpvZ9c/NopO/sr8ThWLVAUDXVAFT3auLWrhbR6wq1dgkuJfZYdTtoXf6GajE5KL9R58iTt/86OPXrJAsM4+l8g==',
  },
  arm64: {
    name: '@anthropic-ai/claude-code-linux-arm64',
    version: CLAUDE_VERSION,
    integrity: 'sha512-zy+OOB7i1J7rCjNoPB2ZBD7EAtT0Eus1wH+toklZGL2XpwHyw+POGUGOpEBBE6xe5EkAYWXzFSTQ3uD8UtWlRg==',
  },
};
