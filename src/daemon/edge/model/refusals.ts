import type { ServerResponse } from 'node:http';
import { answerJson } from '../answer.ts';

/** A refusal in Anthropic's shape: status and type decide whether its clients try again. */
export interface Refusal {
  status: number;
  type: string;
  message: string;
}

/** Answers with an error as the provider itself would. */
export function answerRefusal(res: ServerResponse, { status, type, message }: Refusal): void {
  answerJson(res, status, { type: 'error', error: { type, message } });
}

/** Not offered, whoever asks; the Claude Code CLI does not retry it (FACTS/claude, 3). */
export function forbidden(message: string): Refusal {
  return { status: 403, type: 'permission_error', message };
}

/** Nobody has signed the hive in yet. */
export function noLogin(): Refusal {
  const message = 'The hive has no model credential: the operator runs `hive login` on the host.';
  return { status: 401, type: 'authentication_error', message };
}

/** Fine later. */
export function tooMany(message: string): Refusal {
  return { status: 429, type: 'rate_limit_error', message };
}

/** More than the edge keeps in memory. */
export function tooLarge(message: string): Refusal {
  return { status: 413, type: 'request_too_large', message };
}
