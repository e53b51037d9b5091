import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { findViolations } from './support/architecture/violations.ts';

const ROOT = resolve(import.meta.dirname, '..');

test('the tree keeps every rule of the architecture', async () => {
  assert.deepEqual(await findViolations(ROOT), []);
});

/** Plants `files` in an empty tree and answers what is found wrong. */
async function violationsOf(files: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'hive-architecture-'));
  try {
    for (const [name, text] of Object.entries({ 'package-lock.json': '{}', ...files })) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), text);
    }
    return await findViolations(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

const PLANTED: { what: string; files: Record<string, string>; found: RegExp }[] = [
  {
    what: 'a zone that imports another',
    files: { 'src/web/page.ts': "import { openDatabase } from '#src/daemon/db/index.ts';\n" },
    found: /src\/web\/page\.ts: web may not import daemon/,
  },
  {
    what: 'a zone that imports another by a relative path, dynamically',
    files: { 'src/harness/a.ts': "const x = await import('../cli/main.ts');\n" },
    found: /harness may not import cli/,
  },
  {
    what: 'a feature that imports another feature',
    files: { 'src/daemon/broker/a.ts': "import type { Forge } from '../forge/api.ts';\n" },
    found: /daemon\/broker may not import daemon\/forge/,
  },
  {
    what: 'a lower layer that imports a higher one',
    files: { 'src/daemon/db/a.ts': "import { b } from '../broker/b.ts';\n" },
    found: /daemon\/db may not import daemon\/broker/,
  },
  {
    what: 'the MCP SDK outside harness/mcp',
    files: { 'src/harness/loop.ts': "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\n" },
    found: /@modelcontextprotocol\/sdk\S* belongs to src\/harness\/mcp/,
  },
  {
    what: 'a process started outside daemon/host',
    files: { 'src/daemon/forge/a.ts': "import { spawn } from 'node:child_process';\n" },
    found: /node:child_process belongs to/,
  },
  {
    what: 'SQL outside a store',
    files: { 'src/daemon/broker/a.ts': "const q = 'SELECT id FROM messages WHERE id = ?';\n" },
    found: /SQL outside/,
  },
  {
    what: 'a transaction whose database is kept past a row that is inserted late',
    files: { 'src/daemon/broker/a.ts': 'const { db, now } = tx;\n' },
    found: /tx\.db is kept/,
  },
  {
    what: 'a source file over 300 lines',
    files: { 'src/lib/long.ts': 'export {};\n'.repeat(301) },
    found: /src\/lib\/long\.ts has 301 lines/,
  },
  {
    what: 'a resolved line in the lock file',
    files: { 'package-lock.json': '{"packages":{"node_modules/x":{\n"resolved": "https://registry.invalid/x"\n}}}' },
    found: /package-lock\.json: a "resolved" line/,
  },
];

for (const { what, files, found } of PLANTED) {
  test(`finds ${what}`, async () => {
    const violations = await violationsOf(files);
    assert.equal(violations.length, 1, violations.join('\n'));
    assert.match(violations[0]!, found);
  });
}

test('the map names every zone and every layer of the daemon', async () => {
  const map = await readFile(join(ROOT, 'src/README.md'), 'utf8');
  for (const name of ['lib', 'protocol', 'daemon', 'web', 'harness', 'cli', 'setup']) {
    assert.ok(map.includes(`| \`${name}\` |`), name);
  }
});
