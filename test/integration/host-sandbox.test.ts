import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { syscallTable } from '#src/daemon/host/seccomp/syscalls.ts';
import { driveWithDescriptor, finalAnswerOf } from '../support/containers/driven.ts';
import { makePlace, runInContainer, type Place } from '../support/containers/place.ts';
import { traces } from '../support/containers/traces.ts';

/** Perl is on every Debian and Ubuntu and can make any system call: prints the number of the error, 0 when there is none. */
const syscall = (call: string): string =>
  `perl -e 'require POSIX; $! = 0; my $r = ${call}; print $r == -1 ? $! + 0 : 0, "\\n"'`;

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

describe('inside a sandbox', () => {
  let place: Place;
  before(async () => {
    place = await makePlace();
  });
  after(async () => {
    await place[Symbol.asyncDispose]();
    assert.deepEqual(traces(place.dir), []);
    assert.deepEqual(traces(`hyperhive-${place.hiveId}`), []);
  });

  it('has no capability, no way to new ones, and the filter, in its init too', async () => {
    const said = await runInContainer(
      place,
      'rights',
      'cat /proc/self/status /proc/1/status; id; cat /proc/self/uid_map /proc/self/oom_score_adj',
    );
    assert.equal(said.match(/^Cap(Eff|Bnd|Prm|Inh|Amb):\t0{16}$/gm)?.length, 10, said);
    assert.equal(said.match(/^NoNewPrivs:\t1$/gm)?.length, 2);
    assert.equal(said.match(/^Seccomp:\t2$/gm)?.length, 2);
    assert.match(said, /^500$/m);
    assert.match(said, /uid=1000\(agent\) gid=1000\(agent\)/);
    assert.doesNotMatch(said, /^ +0 /m);
  });

  it('reaches no address but its own loopback', async () => {
    const abstract = createServer().listen({ path: `\0hive-test-${process.pid}` });
    const tcp = createServer().listen(0, '127.0.0.1');
    await Promise.all([once(abstract, 'listening'), once(tcp, 'listening')]);
    const { port } = tcp.address() as AddressInfo;
    const probe = (target: object): string => `node -e 'require("net").connect(${JSON.stringify(target)})
      .on("error", (e) => console.log(e.code)).on("connect", () => { console.log("REACHED"); process.exit() }).setTimeout(3000, () => process.exit())'`;
    // Outside addresses are only tried where nothing could reach them: the test sends nothing to a real network.
    const alone = '[ "$(tail -n +3 /proc/net/dev | cut -d: -f1 | xargs)" = lo ] || { echo MORE THAN LOOPBACK; exit; }';
    const script = [
      alone,
      probe({ host: '127.0.0.1', port }),
      probe({ host: '169.254.169.254', port: 80 }),
      probe({ host: '8.8.8.8', port: 53 }),
      probe({ path: `\0hive-test-${process.pid}` }),
      'tail -n +3 /proc/net/dev | cut -d: -f1; tail -n +2 /proc/net/route; tail -n +2 /proc/net/unix',
    ];
    const said = await runInContainer(place, 'network', script.join('; '));
    tcp.close();
    abstract.close();
    assert.deepEqual(said.trim().split(/\s+/), ['ECONNREFUSED', 'ENETUNREACH', 'ENETUNREACH', 'ECONNREFUSED', 'lo']);
  });

  it('cannot make the calls that change the machine', async () => {
    const table = syscallTable(process.arch)!;
    const zeros = '0, 0, 0, 0, 0, 0';
    const script = table.refused.map((number) => syscall(`syscall(${number}, ${zeros})`));
    const said = await runInContainer(
      place,
      'calls',
      [...script, syscall(`syscall(${table.clone3}, ${zeros})`)].join('; '),
    );
    const errors = said.trim().split('\n').map(Number);
    assert.deepEqual(errors, [...table.refused.map(() => EPERM), ENOSYS]);
  });

  it('gets sockets of its own kind only: AF_VSOCK would pass every network namespace', async () => {
    const { socket, socketpair, ioctl, clone } = syscallTable(process.arch)!;
    const TIOCSTI = 0x5412;
    const CLONE_NEWUSER = 0x10000000;
    const said = await runInContainer(
      place,
      'sockets',
      [
        ...[1, 2, 10].map((family) => syscall(`syscall(${socket}, ${family}, 1, 0)`)),
        ...[40, 38, 31, 17].map((family) => syscall(`syscall(${socket}, ${family}, 1, 0)`)),
        syscall(`syscall(${socket}, 16, 3, 0)`),
        syscall(`syscall(${socket}, 16, 3, 12)`),
        syscall(`syscall(${socketpair}, 40, 1, 0, 0)`),
        syscall(`syscall(${ioctl}, 0, ${TIOCSTI}, 0)`),
        syscall(`syscall(${clone}, ${CLONE_NEWUSER}, 0, 0, 0, 0)`),
      ].join('; '),
    );
    const no = EAFNOSUPPORT;
    assert.deepEqual(said.trim().split('\n').map(Number), [0, 0, 0, no, no, no, no, 0, no, no, EPERM, EPERM]);
  });

  it('finds the system read-only and the host out of sight', async () => {
    const script = `for path in / /usr /etc /run /dev /opt /agents /agents/alice /opt/node; do touch $path/x 2>/dev/null && echo WROTE $path; done
      echo 1 2>/dev/null >/proc/sys/kernel/core_pattern && echo WROTE core_pattern
      ls -d /sys /root /home /var/lib /boot 2>/dev/null; ls /run; ls /etc
      touch /tmp/x /dev/shm/x ~/x && echo own
      unshare -Ur true 2>/dev/null && echo NAMESPACE`;
    const said = (await runInContainer(place, 'files', script)).trim().split('\n');
    const etc = ['alternatives', 'ca-certificates', 'group', 'hosts', 'ld.so.cache', 'localtime', 'passwd', 'ssl'];
    assert.deepEqual(
      said.filter((line) => !etc.includes(line)),
      ['own'],
    );
  });

  it('shows no path, argument or variable of the host', async () => {
    const script = 'for f in /proc/[0-9]*; do tr "\\0" "\\n" <$f/cmdline; tr "\\0" "\\n" <$f/environ; done; env';
    const said = await runInContainer(place, 'hidden', script);
    assert.ok(!said.includes(place.dir), said);
    assert.deepEqual(
      [...new Set(said.match(/^[A-Z_]+(?==)/gm))].toSorted().filter((name) => name !== '_'),
      ['HOME', 'LANG', 'PATH', 'PWD', 'SHLVL'],
    );
  });

  it('has no descriptor but its standard ones, whatever the daemon was started with', async () => {
    const script = `exec perl -e 'for (3 .. 1023) { $to = readlink "/proc/self/fd/$_"; print "$_ $to\\n" if $to && $to !~ m{^/proc} }'`;
    const child = driveWithDescriptor(['run', place.dir, 'descriptors', script]);
    const { log } = await finalAnswerOf<{ log: string }>(child);
    assert.equal(log, '');
  });

  it('may write to its output by name', async () => {
    const said = await runInContainer(place, 'reopened', 'echo one >>/dev/stderr; echo two >>/dev/stdout; echo three');
    assert.equal(said, 'one\ntwo\nthree\n');
  });
});
