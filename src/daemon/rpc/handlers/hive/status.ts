import { existsSync } from 'node:fs';
import { methods } from '#src/protocol/methods/index.ts';
import { handler } from '../../handler.ts';

export const status = handler(methods.status, async ({ context }) => {
  const { config, secrets } = context;
  const { state, version, detail } = context.forge.state();
  const login = context.logins.current();
  const { openAsks, ...counts } = context.broker.totals();
  return {
    hive: config.hiveId,
    release: config.release,
    pid: process.pid,
    started_at: context.startedAt,
    home: config.home,
    urls: { ...context.urls, home: config.home },
    forge: { state, version, detail },
    web: context.web.state(),
    login: login ? { provider: login.provider, kind: login.kind } : null,
    agents: context.agents.rows(),
    counts: { open_asks: openAsks, ...counts },
    disk_ok: !context.writer.full(),
    limits: context.limits(),
    alerts: context.health.alerts(),
    ready: context.ready(),
    password_file: existsSync(secrets.operatorPasswordFile) ? secrets.operatorPasswordFile : null,
  };
});
