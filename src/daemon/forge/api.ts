import type { AgentFolder } from '#src/protocol/agent-config.ts';

/** State of the supervised Gitea. */
export interface ForgeState {
  state: 'starting' | 'up' | 'down';
  version: string | null;
  detail: string;
  pid: number | null;
}

/** A credential the edge adds; kept in memory only. */
export interface ForgeCredential {
  username: string;
  token: string;
}

/** A person who finished the sign-in. */
export interface SignedIn {
  subject: string;
  name: string;
}

/** The bundled forge: a supervised Gitea and everything that knows its API. */
export interface Forge {
  state(): ForgeState;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  url(): string;
  /** Resolves when Gitea answers and everything of forge-seed/ is ensured; rejects with the reason. */
  ready(signal: AbortSignal): Promise<void>;
  /** Idempotent: the agent's account exists with its teams; answers its numeric id. */
  ensureAgent(name: string): Promise<number>;
  /** Blocks sign-in and API of a removed agent; `purge` deletes the account with its repositories. */
  removeAgent(name: string, purge: boolean): Promise<void>;
  /** The agent's credential, minted when needed, cached in memory; `fresh` mints again after a 401. */
  credential(agent: string, fresh?: boolean): Promise<ForgeCredential>;
  /** Lets `other` read or write `owner`'s repository; idempotent; answers its page. Throws `not_found` naming the repository. */
  share(owner: string, repository: string, other: string, permission: 'read' | 'write'): Promise<string>;
  /** Reads `hive/agents` at main as git objects. */
  readAgents(): Promise<{ commit: string; folders: AgentFolder[] }>;
  /** Commits one agent's folder (`files` null = remove it) to `hive/agents` as the operator; answers the commit. */
  commitAgent(name: string, files: Record<string, string> | null, message: string): Promise<string>;
  /** Brings the read-only checkout of `org-shared/docs` in `dir` to the forge's main; answers the commit; keeps the last one while the forge is down. */
  syncDocs(dir: string): Promise<string>;
  /** Writes waiting outbox rows; safe to call at any time, runs once at a time. */
  drainOutbox(): void;
  /** Starts a sign-in for the callback address of the dashboard. */
  signInBegin(returnTo: string): Promise<{ url: string; flow: string }>;
  /** Throws `forbidden` when the flow is unknown or the person is no operator. */
  signInFinish(flow: string, query: string): Promise<SignedIn & { returnTo: string }>;
  /** Pages on the forge. */
  pages: { agent(name: string): string; issue(number: number): string; threads(): string; agents(): string };
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the forge tells the rest; handed over by context.ts. */
export interface ForgeHooks {
  /** main of hive/agents moved. */
  agentsChanged(commit: string): void;
  /** main of org-shared/docs moved. */
  docsChanged(commit: string): void;
  /** A comment on an ask's issue by somebody else than the hive; `author` is `operator` or an agent's name. */
  commented(issueNumber: number, author: string, body: string, commentId: number): Promise<void>;
  /** Somebody whom the hive knows closed an open ask's issue. */
  closed(issueNumber: number, author: string): Promise<void>;
  /** Something on the forge that concerns an agent (review, mention, comment on its pull request …). */
  concerns(agent: string, text: string): Promise<void>;
  /** An agent pushed. */
  pushed(agent: string, repository: string, ref: string, commit: string, url: string): Promise<void>;
  /** An agent opened, merged, reviewed or commented on a pull request, for its turn's acts and as an event; `url` is its page. */
  acted(
    agent: string,
    kind: 'pull_request' | 'review' | 'merge' | 'comment',
    summary: string,
    url: string,
  ): Promise<void>;
}
