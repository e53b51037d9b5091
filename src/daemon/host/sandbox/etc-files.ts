import type { SandboxSpec } from '../api.ts';

/** Small files of /etc that a sandbox has of its own. */
export interface EtcFile {
  path: string;
  text: string;
}

/** Names for the sandbox's user and for what does not belong to it; `os.userInfo()`, git and ssh need them (FACTS/containers §1). */
export function etcFiles(spec: SandboxSpec): EtcFile[] {
  const { innerUser: user, innerUid: uid } = spec;
  const home = spec.env['HOME'] ?? '/';
  return [
    {
      path: '/etc/passwd',
      text: `${user}:x:${uid}:${uid}::${home}:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n`,
    },
    { path: '/etc/group', text: `${user}:x:${uid}:\nnogroup:x:65534:\n` },
    {
      path: '/etc/hosts',
      text: `127.0.0.1 localhost ${spec.hostname}\n::1 localhost ip6-localhost ip6-loopback\n`,
    },
  ];
}
