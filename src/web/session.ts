import { parseCookie } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import type { WebConfig } from './config.ts';

const LASTS_FOR_FLOW_MS = 10 * 60_000;
const COMMON: CookieOptions = { httpOnly: true, sameSite: 'lax' };

/** The browser's two cookies; their names carry the hive's id, since cookies ignore ports. */
export interface Cookies {
  session(request: Request): string | null;
  flow(request: Request): string | null;
  setSession(response: Response, token: string, expiresAt: number): void;
  setFlow(response: Response, flow: string): void;
  clearSession(response: Response): void;
  clearFlow(response: Response): void;
}

/** Reads and writes the cookies of one hive. */
export function hiveCookies(config: Pick<WebConfig, 'hiveId'>): Cookies {
  const sessionName = `hive_${config.hiveId}_session`;
  const flowName = `hive_${config.hiveId}_flow`;
  const flowPath = '/auth/callback';
  return {
    session: (request) => read(request, sessionName),
    flow: (request) => read(request, flowName),
    setSession: (response, token, expiresAt) =>
      void response.cookie(sessionName, token, { ...COMMON, path: '/', expires: new Date(expiresAt) }),
    setFlow: (response, flow) =>
      void response.cookie(flowName, flow, { ...COMMON, path: flowPath, maxAge: LASTS_FOR_FLOW_MS }),
    clearSession: (response) => void response.clearCookie(sessionName, { ...COMMON, path: '/' }),
    clearFlow: (response) => void response.clearCookie(flowName, { ...COMMON, path: flowPath }),
  };
}

function read(request: Request, name: string): string | null {
  const value = parseCookie(request.headers.cookie ?? '')[name];
  return value !== undefined && value.length > 0 && value.length <= 128 ? value : null;
}
