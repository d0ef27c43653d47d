import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ModelStore } from '../../../services/analytics/model-store.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

const DAY_MS = 86_400_000;
const trained = (score: number, championScore: number | null = null) => ({
  ...{ payload: { weights: [1, 2] }, rows: 10, from: '2026-01-01', to: '2026-02-01', score, championScore },
});

void test('a challenger follows when it is not worse, and is kept aside when it is', async () => {
  using folder = makeTemporaryFolder();
  const store = new ModelStore(folder.path, { now: () => DAY_MS });
  assert.equal(await store.inUse('duration'), null);
  assert.equal((await store.save('duration', trained(0.5), 42)).inUse, true);
  assert.equal((await store.save('duration', trained(0.45, 0.5), 42)).inUse, true);
  assert.equal((await store.save('duration', trained(0.7, 0.45), 42)).inUse, false);
  const inUse = (await store.inUse('duration'))!;
  assert.equal(inUse.description.version, 2);
  assert.deepEqual(inUse.payload, { weights: [1, 2] });
  assert.deepEqual(
    (await store.list()).map(({ version, inUse: used }) => `${version} ${used}`),
    ['3 false', '2 true', '1 false'],
  );
});

void test('rolling back puts the one before in use, or the one that is named, or refuses', async () => {
  using folder = makeTemporaryFolder();
  const store = new ModelStore(folder.path, { now: () => DAY_MS });
  for (const score of [0.5, 0.4, 0.3]) await store.save('duration', trained(score), 42);
  assert.equal((await store.rollback('duration', null)).version, 2);
  assert.equal((await store.rollback('duration', 3)).version, 3);
  await assert.rejects(store.rollback('duration', 9), {
    code: 'MODEL_UNUSABLE',
    message: /has no version 9/,
  });
  await assert.rejects(store.rollback('other', null), { code: 'MODEL_UNUSABLE' });
  await assert.rejects(store.rollback('../etc', null), { code: 'MODEL_UNUSABLE' });
});

void test('old versions go, the one in use stays', async () => {
  using folder = makeTemporaryFolder();
  let now = DAY_MS;
  const store = new ModelStore(folder.path, { now: () => now });
  await store.save('duration', trained(0.5), 42);
  await store.save('duration', trained(0.4), 42);
  now += 100 * DAY_MS;
  assert.equal(await store.removeOlderThan(90), 1);
  assert.deepEqual(
    (await store.list()).map(({ version }) => version),
    [2],
  );
});

void test('a file of another version, or a damaged one, is refused by name', async () => {
  using folder = makeTemporaryFolder();
  const store = new ModelStore(folder.path, { now: () => DAY_MS });
  mkdirSync(join(folder.path, 'duration'));
  writeFileSync(join(folder.path, 'duration', '1.json'), '{"format":99,"name":"duration","version":1}');
  await assert.rejects(store.read('duration', 1), {
    code: 'MODEL_UNUSABLE',
    message: 'The model "duration" version 1 has format 99, not 1',
  });
  writeFileSync(join(folder.path, 'duration', '2.json'), '{"format":');
  await assert.rejects(store.read('duration', 2), { code: 'MODEL_UNUSABLE', message: /is damaged/ });
});
