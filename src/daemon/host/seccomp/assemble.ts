/** One classic BPF instruction; jumps name a label instead of a distance. */
export interface Instruction {
  code: number;
  /** Where to go when a comparison holds; null = the next instruction. */
  jumpTrue: string | null;
  jumpFalse: string | null;
  value: number;
}

/** A label stands before the instruction that follows it. */
export type Line = Instruction | string;

/** Jumps of classic BPF are one unsigned byte. */
const FARTHEST_JUMP = 255;

/** Turns lines into the kernel's `struct sock_filter[]` (8 bytes each, little-endian). Labels must stand after the jumps to them. */
export function assemble(lines: Line[]): Buffer {
  const labels = new Map<string, number>();
  const instructions: Instruction[] = [];
  for (const line of lines) {
    if (typeof line === 'string') labels.set(line, instructions.length);
    else instructions.push(line);
  }
  const program = Buffer.alloc(instructions.length * 8);
  for (const [index, instruction] of instructions.entries()) {
    const offset = index * 8;
    program.writeUInt16LE(instruction.code, offset);
    program.writeUInt8(distance(labels, instruction.jumpTrue, index), offset + 2);
    program.writeUInt8(distance(labels, instruction.jumpFalse, index), offset + 3);
    program.writeUInt32LE(instruction.value, offset + 4);
  }
  return program;
}

function distance(labels: Map<string, number>, label: string | null, from: number): number {
  if (label === null) return 0;
  const to = labels.get(label);
  const jump = to === undefined ? -1 : to - from - 1;
  if (jump < 0 || jump > FARTHEST_JUMP) throw new Error(`no jump from instruction ${from} to ${label}`);
  return jump;
}
