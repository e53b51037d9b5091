import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { which } from '#src/lib/which.ts';
import { setprivArgs } from '../builder/identity.ts';
import { SetupFailure } from '../failure.ts';

/** Kernel switches that forbid user namespaces to ordinary users, with the value that forbids. */
const SWITCHES = [
  { name: 'kernel.unprivileged_userns_clone', forbids: '0', allows: '1' },
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', allows: '0' },
  { name: 'user.max_user_namespaces', forbids: '0', allows: '15000' },
] as const;

/** Values of the kernel's switches by name; a kernel without one lacks it here. */
export type KernelSwitches = Record<string, string>;

/**
 * Makes a container of nothing as the user that containers run under: with bubblewrap when it is there, else with
 * `unshare`. Fails with the commands that lift the refusal. A host that lacks even `setpriv` is not asked: its packages
 * come first.
 */
export async function probeUserNamespaces(uid: number | null, searchPath: string): Promise<void> {
  if ((await which('setpriv', searchPath)) === null) return;
  const bubblewrap = await which('bwrap', searchPath);
  const command = bubblewrap
    ? [bubblewrap, '--unshare-all', '--unshare-user', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true']
    : ['unshare', '--map-root-user', '--net', '--pid', '--fork', 'true'];
  const probe = await execa('setpriv', [...setprivArgs(uid), ...command], { cwd: '/', reject: false, timeout: 20_000 });
  if (probe.exitCode === 0) return;
  throw explainRefusal(await readSwitches(), probe.stderr || probe.shortMessage || 'no reason given');
}

/** The failure a person sees when user namespaces are refused: the cause that is known, and the commands against it. */
export function explainRefusal(switches: KernelSwitches, said: string): SetupFailure {
  const causes = SWITCHES.filter(({ name, forbids }) => switches[name] === forbids);
  if (causes.length === 0) {
    return new SetupFailure(`user namespaces are refused, though no kernel switch forbids them: ${said}`, {
      fix: [
        'Inside Docker or another container: start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined.',
        'Otherwise ask the host’s kernel log (dmesg) what refused it.',
      ],
    });
  }
  const names = causes.map(({ name, forbids }) => `${name} is ${forbids}`).join(', ');
  return new SetupFailure(`user namespaces are refused to ordinary users: ${names} (${said})`, {
    fix: causes.flatMap(({ name, allows }) => [
      `sudo sysctl -w ${name}=${allows}`,
      `echo '${name} = ${allows}' | sudo tee -a /etc/sysctl.d/60-hyperhive.conf`,
    ]),
  });
}

async function readSwitches(): Promise<KernelSwitches> {
  const found = await Promise.all(
    SWITCHES.map(async ({ name }) => {
      const text = await readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').catch(() => null);
      return text === null ? [] : [[name, text.trim()] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}
