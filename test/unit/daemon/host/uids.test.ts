import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createUids } from '#src/daemon/host/index.ts';
import { openTestDatabase } from '../../../support/database.ts';

const range = { root: true, uid_base: 310_000, uid_count: 64 };

describe('numeric uids', () => {
  it('are shared between agents and services, recorded, and never given twice', async () => {
    await using database = openTestDatabase();
    const { db, writer } = database;
    const uids = createUids(range, writer);
    const addAgent = (name: string): Promise<number> =>
      writer.write('test', (tx) => {
        const uid = uids.next(tx);
        db.prepare(
          "INSERT INTO agents (name, uid, config, config_commit, added_at, changed_at) VALUES (?, ?, '{}', '', 0, 0)",
        ).run(name, uid);
        return uid;
      });
    assert.equal(await uids.service('forge'), 310_001);
    assert.equal(await addAgent('alice'), 310_002);
    assert.equal(await uids.service('web'), 310_003);
    db.prepare("UPDATE agents SET removed_at = 1 WHERE name = 'alice'").run();
    assert.equal(await addAgent('bob'), 310_004);
    assert.equal(await createUids(range, writer).service('forge'), 310_001);
    assert.equal(uids.sharedGid, 310_000);
  });

  it('run out with a message that says what to do', async () => {
    await using database = openTestDatabase();
    const uids = createUids({ ...range, uid_count: 2 }, database.writer);
    await uids.service('forge');
    await assert.rejects(uids.service('web'), { code: 'limited', message: /310000 to 310001.*uid_count/ });
  });

  it('mean nothing without root', async () => {
    await using database = openTestDatabase();
    const uids = createUids({ ...range, root: false }, database.writer);
    assert.equal(await uids.service('forge'), null);
    assert.equal(uids.hostUid(310_001), null);
  });
});
