import type { ForgeCredential } from './api.ts';
import type { AdminAccess } from './accounts.ts';
import type { Application } from './client/applications.ts';

/** What the daemon holds of a forge that is up; made anew at each start of Gitea. Nothing of it is written to disk. */
export interface ForgeSession extends AdminAccess {
  /** Numeric ids of the people who may sign in to the dashboard. */
  operators: Map<number, string>;
  /** The operator's credential for git: commits of the hive are pushed with it. */
  operator: ForgeCredential;
  /** The dashboard as an application that people sign in to. */
  application: Application;
  /** Ids of the labels of org-shared/threads, by name. */
  threadLabels: Map<string, number>;
}
