/** Bytes that are no frame: what they are, and what the daemon says of them. */
export const BROKEN_FRAMES: [what: string, bytes: () => string | Buffer, says: RegExp][] = [
  ['a line of 10 MB', () => Buffer.alloc(10_000_000, 0x61), /longer than 1048576 bytes/],
  ['half a line', () => '{"cmd":"echo","te', /ended in the middle of a line/],
  [
    'a character cut in half',
    () => Buffer.concat([Buffer.from('{"cmd":"echo","text":"gr'), Buffer.from([0xc3, 0x0a])]),
    /UTF-8/,
  ],
  ['no JSON', () => 'GET / HTTP/1.1\n', /not JSON/],
  ['half an object', () => '{"cmd":"echo"\n', /not JSON/],
  [
    'objects in objects in objects',
    () => `{"cmd":"echo","text":${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}}\n`,
    /nested more than 200 deep/,
  ],
  [
    'lists in lists in lists',
    () => `{"cmd":"echo","text":${'['.repeat(500_000)}${']'.repeat(500_000)}}\n`,
    /nested more than 200 deep/,
  ],
];
