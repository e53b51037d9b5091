import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { rotateLog } from '#src/daemon/containers/log-rotation.ts';

describe('the log of a container', () => {
  let dir: string;
  let log: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hive-log-'));
    log = join(dir, 'alice.log');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is left alone while it is short, or not there', () => {
    rotateLog(log, 10);
    writeFileSync(log, '0123456789');
    rotateLog(log, 10);
    assert.equal(readFileSync(log, 'utf8'), '0123456789');
    assert.equal(existsSync(`${log}.1`), false);
  });

  it('is cut when it is long, its end kept beside it, and its writer goes on', () => {
    const writer = openSync(log, 'a');
    writeSync(writer, 'lost0123456789');
    rotateLog(log, 10);
    writeSync(writer, 'next');
    assert.equal(readFileSync(`${log}.1`, 'utf8'), '0123456789');
    assert.equal(readFileSync(log, 'utf8'), 'next');
    appendFileSync(log, '-and-much-more');
    rotateLog(log, 10);
    assert.equal(readFileSync(`${log}.1`, 'utf8'), '-much-more');
  });

  it('is never looked for behind a symlink', () => {
    const canary = join(dir, 'canary');
    writeFileSync(canary, '0123456789abcdef');
    symlinkSync(canary, log);
    assert.throws(() => rotateLog(log, 10), { code: 'ELOOP' });
    assert.equal(readFileSync(canary, 'utf8').length, 16);
  });
});
