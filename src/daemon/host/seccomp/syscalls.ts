/** Numbers of the system calls that the filter knows, and the kernel's name of the architecture (`AUDIT_ARCH_*` of linux/audit.h). */
export interface SyscallTable {
  auditArch: number;
  /** Calls with this bit are the x32 flavour; null where there is none. */
  x32Bit: number | null;
  clone: number;
  clone3: number;
  ioctl: number;
  socket: number;
  socketpair: number;
  /** Refused whole. */
  refused: number[];
}

/** Same number everywhere: added after the kernel unified its tables (424 and up). */
const REFUSED_EVERYWHERE = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  mount_setattr: 442,
  quotactl_fd: 443,
  open_tree_attr: 467,
};

/** arch/x86/entry/syscalls/syscall_64.tbl */
const REFUSED_X86_64 = {
  syslog: 103,
  pivot_root: 155,
  acct: 163,
  mount: 165,
  umount2: 166,
  swapon: 167,
  swapoff: 168,
  reboot: 169,
  init_module: 175,
  delete_module: 176,
  quotactl: 179,
  kexec_load: 246,
  add_key: 248,
  request_key: 249,
  keyctl: 250,
  unshare: 272,
  perf_event_open: 298,
  open_by_handle_at: 304,
  setns: 308,
  finit_module: 313,
  kexec_file_load: 320,
  bpf: 321,
  userfaultfd: 323,
};

/** include/uapi/asm-generic/unistd.h */
const REFUSED_AARCH64 = {
  umount2: 39,
  mount: 40,
  pivot_root: 41,
  quotactl: 60,
  acct: 89,
  unshare: 97,
  kexec_load: 104,
  init_module: 105,
  delete_module: 106,
  syslog: 116,
  reboot: 142,
  add_key: 217,
  request_key: 218,
  keyctl: 219,
  swapon: 224,
  swapoff: 225,
  perf_event_open: 241,
  open_by_handle_at: 265,
  setns: 268,
  finit_module: 273,
  bpf: 280,
  userfaultfd: 282,
  kexec_file_load: 294,
};

const X86_64: SyscallTable = {
  auditArch: 0xc000003e,
  x32Bit: 0x40000000,
  clone: 56,
  clone3: 435,
  ioctl: 16,
  socket: 41,
  socketpair: 53,
  refused: Object.values({ ...REFUSED_X86_64, ...REFUSED_EVERYWHERE }),
};

const AARCH64: SyscallTable = {
  auditArch: 0xc00000b7,
  x32Bit: null,
  clone: 220,
  clone3: 435,
  ioctl: 29,
  socket: 198,
  socketpair: 199,
  refused: Object.values({ ...REFUSED_AARCH64, ...REFUSED_EVERYWHERE }),
};

/** The table for Node's `process.arch`, or null where the hive has none. */
export function syscallTable(arch: string): SyscallTable | null {
  if (arch === 'x64') return X86_64;
  if (arch === 'arm64') return AARCH64;
  return null;
}
