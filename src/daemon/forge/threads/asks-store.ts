import type { Database } from 'better-sqlite3';

/** An ask as its issue's events need it. */
export interface AskIssue {
  ask: number;
  state: string;
  issueNumber: number;
  lastCommentId: number;
}

const COLUMNS = 'id AS ask, state, issue_number AS issueNumber, coalesce(last_comment_id, 0) AS lastCommentId';

/** The ask whose issue has this number. */
export function findAskByIssue(db: Database, issueNumber: number): AskIssue | undefined {
  return db.prepare(`SELECT ${COLUMNS} FROM asks WHERE issue_number = ?`).get(issueNumber) as AskIssue | undefined;
}

/** Open asks that have an issue, oldest first. */
export function listOpenAskIssues(db: Database): AskIssue[] {
  return db
    .prepare(`SELECT ${COLUMNS} FROM asks WHERE state = 'open' AND issue_number IS NOT NULL ORDER BY id`)
    .all() as AskIssue[];
}

/** Records the issue of an ask. */
export function recordIssue(db: Database, ask: number, issue: { id: number; number: number }): void {
  db.prepare('UPDATE asks SET issue_id = ?, issue_number = ? WHERE id = ?').run(issue.id, issue.number, ask);
}

/** Notes that comments of the ask's issue were handled up to this one. */
export function noteComment(db: Database, ask: number, comment: number): void {
  db.prepare('UPDATE asks SET last_comment_id = max(coalesce(last_comment_id, 0), ?) WHERE id = ?').run(comment, ask);
}
