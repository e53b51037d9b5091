import { constants } from 'node:os';
import { assemble, type Instruction, type Line } from './assemble.ts';
import type { SyscallTable } from './syscalls.ts';

/** linux/bpf_common.h: load a word, compare with equal, greater-or-equal, any-bit; return. */
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

/** Offsets in `struct seccomp_data`; of 64-bit arguments the low half, which is all that the checked ones have. */
const NUMBER = 0;
const ARCH = 4;
const argument = (index: number): number => 16 + 8 * index;

/** linux/seccomp.h */
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const refuse = (errno: number): number => 0x00050000 | errno;

/** Every CLONE_NEW* flag that fits into clone's flags (linux/sched.h). */
const NEW_NAMESPACES = 0x7e020000;
/** Terminal input faked into whoever owns the terminal (asm-generic/ioctls.h, linux/tty.h). */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** linux/socket.h. AF_VSOCK (40) reaches the host past every network namespace: only this list stops it (FACTS/containers §1). */
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;

/**
 * The filter as bubblewrap's `--seccomp` reads it: foreign architectures are killed; calls that change mounts, namespaces, keys, modules or the
 * kernel are refused with EPERM; `clone3`, whose flags a filter cannot see, answers ENOSYS so that libc falls back to `clone`; sockets are local, IP
 * or route netlink.
 */
export function seccompFilter(table: SyscallTable): Buffer {
  return assemble([
    load(ARCH),
    jump(JUMP_EQUAL, table.auditArch, null, 'kill'),
    load(NUMBER),
    ...(table.x32Bit === null ? [] : [jump(JUMP_AT_LEAST, table.x32Bit, 'unknown')]),
    ...table.refused.map((number) => jump(JUMP_EQUAL, number, 'refused')),
    jump(JUMP_EQUAL, table.clone3, 'unknown'),
    jump(JUMP_EQUAL, table.clone, 'clone'),
    jump(JUMP_EQUAL, table.ioctl, 'ioctl'),
    jump(JUMP_EQUAL, table.socket, 'socket'),
    jump(JUMP_EQUAL, table.socketpair, 'socketpair'),
    answer(ALLOW),
    'clone',
    load(argument(0)),
    jump(JUMP_ANY_BIT, NEW_NAMESPACES, 'refused', 'allowed'),
    'ioctl',
    load(argument(1)),
    jump(JUMP_EQUAL, TIOCSTI, 'refused'),
    jump(JUMP_EQUAL, TIOCLINUX, 'refused', 'allowed'),
    ...socketRules(),
    'allowed',
    answer(ALLOW),
    'refused',
    answer(refuse(constants.errno.EPERM)),
    'unknown',
    answer(refuse(constants.errno.ENOSYS)),
    'no-family',
    answer(refuse(constants.errno.EAFNOSUPPORT)),
    'kill',
    answer(KILL_PROCESS),
  ]);
}

function socketRules(): Line[] {
  return [
    'socket',
    load(argument(0)),
    jump(JUMP_EQUAL, AF_UNIX, 'allowed'),
    jump(JUMP_EQUAL, AF_INET, 'allowed'),
    jump(JUMP_EQUAL, AF_INET6, 'allowed'),
    jump(JUMP_EQUAL, AF_NETLINK, null, 'no-family'),
    load(argument(2)),
    jump(JUMP_EQUAL, 0, 'allowed', 'no-family'),
    'socketpair',
    load(argument(0)),
    jump(JUMP_EQUAL, AF_UNIX, 'allowed', 'no-family'),
  ];
}

function load(offset: number): Instruction {
  return { code: LOAD, jumpTrue: null, jumpFalse: null, value: offset };
}

function jump(code: number, value: number, jumpTrue: string | null, jumpFalse: string | null = null): Instruction {
  return { code, jumpTrue, jumpFalse, value };
}

function answer(value: number): Instruction {
  return { code: RETURN, jumpTrue: null, jumpFalse: null, value };
}
