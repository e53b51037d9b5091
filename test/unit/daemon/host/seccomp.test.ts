import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seccompFilter } from '#src/daemon/host/seccomp/filter.ts';
import { syscallTable, type SyscallTable } from '#src/daemon/host/seccomp/syscalls.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const error = (errno: number): number => 0x00050000 + errno;
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** Runs a classic BPF program over `struct seccomp_data` as the kernel does. */
function run(program: Buffer, call: { arch: number; number: number; args?: number[] }): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.arch, 4);
  for (const [index, value] of (call.args ?? []).entries()) data.writeUInt32LE(value, 16 + 8 * index);
  let word = 0;
  for (let at = 0; ; at += 8) {
    const code = program.readUInt16LE(at);
    const value = program.readUInt32LE(at + 4);
    const jump = (holds: boolean): void => void (at += 8 * program.readUInt8(at + (holds ? 2 : 3)));
    if (code === 0x06) return value;
    else if (code === 0x20) word = data.readUInt32LE(value);
    else if (code === 0x15) jump(word === value);
    else if (code === 0x35) jump(word >= value);
    else if (code === 0x45) jump((word & value) !== 0);
    else throw new Error(`unknown instruction ${code}`);
  }
}

for (const arch of ['x64', 'arm64']) {
  describe(`the system call filter of ${arch}`, () => {
    const table = syscallTable(arch) as SyscallTable;
    const program = seccompFilter(table);
    const answer = (number: number, ...args: number[]): number => run(program, { arch: table.auditArch, number, args });

    it('kills a process of another architecture', () => {
      assert.equal(run(program, { arch: 0x40000003, number: 1 }), KILL);
    });

    it('refuses what changes the machine and lets ordinary calls through', () => {
      for (const number of table.refused) assert.equal(answer(number), error(EPERM), String(number));
      assert.equal(answer(table.clone3), error(ENOSYS));
      const special = [table.clone, table.clone3, table.ioctl, table.socket, table.socketpair];
      for (let number = 0; number < 500; number++) {
        if (!table.refused.includes(number) && !special.includes(number)) assert.equal(answer(number), ALLOW);
      }
    });

    it('lets clone make threads and processes but no namespaces', () => {
      const THREAD = 0x3d0f00;
      const SIGCHLD = 17;
      assert.equal(answer(table.clone, THREAD), ALLOW);
      assert.equal(answer(table.clone, SIGCHLD), ALLOW);
      for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
        assert.equal(answer(table.clone, flag | SIGCHLD), error(EPERM));
      }
    });

    it('refuses terminal injection and every socket family but local, IP and route netlink', () => {
      assert.deepEqual(
        [0x5412, 0x541c, 0x5401].map((request) => answer(table.ioctl, 0, request)),
        [error(EPERM), error(EPERM), ALLOW],
      );
      for (let family = 0; family < 50; family++) {
        const expected = [1, 2, 10, 16].includes(family) ? ALLOW : error(EAFNOSUPPORT);
        assert.equal(answer(table.socket, family, 1, 0), expected, `family ${family}`);
        assert.equal(answer(table.socketpair, family, 1, 0), family === 1 ? ALLOW : error(EAFNOSUPPORT));
      }
      assert.equal(answer(table.socket, 16, 3, 12), error(EAFNOSUPPORT));
    });
  });
}

describe('the system call filter of x64', () => {
  it('knows no x32 calls', () => {
    const table = syscallTable('x64') as SyscallTable;
    const number = 0x40000000 + 39;
    assert.equal(run(seccompFilter(table), { arch: table.auditArch, number }), error(ENOSYS));
  });
});

describe('an architecture without a table', () => {
  it('has no filter', () => assert.equal(syscallTable('riscv64'), null));
});
