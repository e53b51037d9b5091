import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { settingsV1, settingsV2 } from '#src/daemon/host/cgroups/controllers.ts';
import { createLimitGroups } from '#src/daemon/host/cgroups/index.ts';

const limits = { memoryMb: 128, processes: 64, cpuPercent: 150 };
const written = (settings: { file: string; value: string }[]): string[] =>
  settings.map(({ file, value }) => `${file}=${value}`);

describe('control groups', () => {
  it('are told limits in the words of their version', () => {
    assert.deepEqual(written(settingsV2('memory', limits)), ['memory.max=134217728', 'memory.swap.max=0']);
    assert.deepEqual(written(settingsV2('pids', limits)), ['pids.max=64']);
    assert.deepEqual(written(settingsV2('cpu', limits)), ['cpu.max=150000 100000']);
    assert.deepEqual(written(settingsV1('memory', limits)), [
      'memory.limit_in_bytes=134217728',
      'memory.memsw.limit_in_bytes=134217728',
    ]);
    assert.deepEqual(written(settingsV1('cpu', limits)), ['cpu.cfs_period_us=100000', 'cpu.cfs_quota_us=150000']);
  });
});

describe('a host whose control groups only look usable', () => {
  let mounted: string;
  beforeEach(() => {
    mounted = mkdtempSync(join(tmpdir(), 'hive-cgroups-'));
  });
  afterEach(() => rmSync(mounted, { recursive: true, force: true }));

  for (const version of ['1', '2']) {
    it(`version ${version} without the files of a limit: not enforced, and said; nothing is left behind`, async () => {
      if (version === '2') writeFileSync(join(mounted, 'cgroup.controllers'), 'cpu memory pids');
      else for (const controller of ['memory', 'pids', 'cpu']) mkdirSync(join(mounted, controller));
      const groups = createLimitGroups('abcd1234', mounted);
      assert.deepEqual(
        groups.unenforced().map((words) => words.split(' ')[0]),
        ['memory', 'processes', 'processor'],
      );
      const group = groups.create('alice-1', limits);
      assert.deepEqual(group, { folders: [], processesByRlimit: true });
      await groups.remove(group.folders);
      const left = version === '2' ? [] : ['memory', 'pids', 'cpu'].flatMap((name) => readdirSync(join(mounted, name)));
      assert.deepEqual(left, []);
      assert.deepEqual(
        readdirSync(mounted).filter((name) => name.startsWith('hyperhive')),
        [],
      );
    });
  }

  it('says how often the kernel killed for memory, from either version', () => {
    writeFileSync(join(mounted, 'memory.events'), 'low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\noom_group_kill 0\n');
    const groups = createLimitGroups('abcd1234', mounted);
    assert.equal(groups.oomKills([mounted]), 1);
    writeFileSync(join(mounted, 'memory.events'), '');
    writeFileSync(join(mounted, 'memory.oom_control'), 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n');
    assert.equal(groups.oomKills([mounted]), 3);
    assert.equal(groups.oomKills([join(mounted, 'gone')]), 0);
  });
});
