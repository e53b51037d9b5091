import type { ForgeCredential } from './api.ts';
import type { AdminAccess } from './accounts.ts';

/** What the daemon holds of a forge that is up; made anew at each start of Gitea. Nothing of it is written to disk. */
export interface ForgeSession extends AdminAccess {
  /** Numeric ids of the hive's own administrator and of the people. */
  hiveRoot: number;
  operators: Map<number, string>;
  /** The operator's credential for git: commits of the hive are pushed with it. */
  operator: ForgeCredential;
  /** Ids of the labels of org-shared/threads, by name. */
  threadLabels: Map<string, number>;
}
