import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import type { Host, LaunchSandbox } from '../api.ts';
import { HELPER_ENV } from '../system-path.ts';

/** What a host answers when asked whether sandboxes work. */
type Verdict = Awaited<ReturnType<Host['probe']>>;

/** bubblewrap's help text: which options it knows. Empty when it is missing. */
export async function readBwrapHelp(): Promise<string> {
  const result = await execa('bwrap', ['--help'], { env: HELPER_ENV, extendEnv: false, reject: false });
  return result.stdout ?? '';
}

/** Starts `true` in a sandbox under `uid` and reads why it failed when it does. */
export async function probeSandbox(launch: LaunchSandbox, bwrapHelp: string, uid: number | null): Promise<Verdict> {
  if (bwrapHelp === '') {
    return { ok: false, detail: 'bubblewrap is missing', fix: 'install it: apt-get install -y bubblewrap' };
  }
  if (!bwrapHelp.includes('--perms')) {
    return { ok: false, detail: 'bubblewrap is older than 0.5.0', fix: 'install bubblewrap 0.5.0 or newer' };
  }
  const child = launch({
    argv: ['/usr/bin/true'],
    env: {},
    cwd: '/',
    uid,
    groups: [],
    innerUid: 1000,
    innerUser: 'probe',
    hostname: 'probe',
    network: 'none',
    binds: [],
    seccomp: true,
    dieWithParent: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')]);
  if (code === 0) return { ok: true, detail: 'sandboxes start' };
  return { ok: false, detail: said.trim() || `bubblewrap ended with ${code}`, fix: fixFor(said) };
}

function fixFor(said: string): string {
  if (/namespace|uid map|not permitted|no space left/i.test(said)) {
    return (
      'allow user namespaces for bubblewrap: sysctl user.max_user_namespaces=10000; ' +
      'on Ubuntu also sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container run it with --security-opt seccomp=unconfined'
    );
  }
  return 'run bwrap by hand to see more: bwrap --unshare-all --unshare-user --ro-bind / / true';
}
