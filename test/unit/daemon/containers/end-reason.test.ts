import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endReason } from '#src/daemon/containers/engines/bubblewrap/end-reason.ts';

const facts = { exitCode: 0, oomKills: 0, memoryMb: 512, sameBoot: true };

describe('why a container ended', () => {
  it('is its exit code or its signal', () => {
    assert.equal(endReason(facts), 'exited with code 0');
    assert.equal(endReason({ ...facts, exitCode: 42 }), 'exited with code 42');
    assert.equal(endReason({ ...facts, exitCode: 143 }), 'ended by SIGTERM');
    assert.equal(endReason({ ...facts, exitCode: 255 }), 'exited with code 255');
  });

  it('is memory only when the kernel killed for it and it was killed', () => {
    assert.match(endReason({ ...facts, exitCode: 137, oomKills: 1 }), /out of memory.*512 MiB/);
    assert.match(endReason({ ...facts, exitCode: null, oomKills: 2 }), /out of memory/);
    assert.equal(endReason({ ...facts, exitCode: 0, oomKills: 1 }), 'exited with code 0');
  });

  it('is not guessed when nothing wrote it down', () => {
    assert.match(endReason({ ...facts, exitCode: null }), /killed from outside/);
    assert.equal(endReason({ ...facts, exitCode: null, sameBoot: false }), 'the host was restarted');
  });
});
