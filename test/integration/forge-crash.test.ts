import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { waitUntil } from '../support/wait.ts';

interface Child {
  folders: string[];
  url: string;
  pid: number;
}

test('SIGKILL of the daemon takes its Gitea along: nothing holds the port at the next start', async () => {
  const child = execa(process.execPath, [join(import.meta.dirname, '../support/forge-child.ts')], { reject: false });
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
  );
  const { folders, url, pid } = JSON.parse(line) as Child;
  try {
    assert.equal((await fetch(`${url}/api/healthz`)).status, 200);
    child.kill('SIGKILL');
    await child;
    await waitUntil('Gitea to be gone', async () => !isAlive(pid) && !(await answers(url)));
  } finally {
    child.kill('SIGKILL');
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/api/healthz`).then(
    () => true,
    () => false,
  );
}
