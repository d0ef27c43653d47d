import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  emptyHistory,
  findJob,
  forgetJob,
  jobsOfFirm,
  jobsOfType,
  learnJob,
  loadHistory,
  saveHistory,
  WINDOW,
} from '../../../services/analytics/job-history.ts';

const job = (intervention: number, hours = 1) => ({
  intervention,
  hours,
  logRatio: 0.1,
  logCostRate: Number.NaN,
  satisfaction: 4,
});

void test('each type keeps its last jobs, and the firm the last of all', () => {
  const history = emptyHistory();
  for (let n = 1; n <= 1500; n++) learnJob(history, 'a', job(n));
  for (let n = 2001; n <= 2300; n++) learnJob(history, 'b', job(n));
  assert.equal(jobsOfType(history, 'a').length, WINDOW);
  assert.equal(jobsOfType(history, 'a')[0]!.intervention, 501);
  const firm = jobsOfFirm(history).map(({ intervention }) => intervention);
  assert.equal(firm.length, WINDOW);
  assert.equal(firm.filter((id) => id > 2000).length, 300);
  assert.equal(findJob(history, 500), null);
});

void test('what is learnt again replaces what was known, also under another type', () => {
  const history = emptyHistory();
  learnJob(history, 'a', job(1, 4));
  learnJob(history, 'a', job(2, 5));
  learnJob(history, 'b', job(1, 6));
  assert.deepEqual(
    jobsOfType(history, 'a').map(({ intervention }) => intervention),
    [2],
  );
  assert.equal(findJob(history, 1)!.type, 'b');
  forgetJob(history, 1);
  assert.deepEqual([jobsOfType(history, 'b').length, findJob(history, 1)], [0, null]);
  forgetJob(history, 77);
});

void test('a history that was saved and loaded is the same', () => {
  const history = emptyHistory();
  for (let n = 1; n <= 50; n++) {
    learnJob(history, n % 3 === 0 ? 'é' : 'a', { ...job(n), hours: n / 7, logRatio: Math.log(n / 3) });
  }
  const saved = JSON.parse(JSON.stringify(saveHistory(history))) as ReturnType<typeof saveHistory>;
  assert.deepEqual(loadHistory(saved), history);
});

void test('types beyond the bound push out the one that learnt least recently', () => {
  const history = emptyHistory();
  for (let n = 1; n <= 250; n++) learnJob(history, `type ${n}`, job(n));
  assert.equal(history.types.size, 100);
  assert.equal(history.typeOf.size, 100);
  assert.equal(jobsOfType(history, 'type 150').length, 0);
  assert.equal(jobsOfType(history, 'type 151').length, 1);
});

void test('what an earlier version saved is read, without satisfaction', () => {
  const bytes = Buffer.alloc(24);
  bytes.writeDoubleLE(7, 0);
  bytes.writeUInt32LE(3, 8);
  bytes.writeFloatLE(0.5, 12);
  bytes.writeFloatLE(4, 16);
  bytes.writeFloatLE(6, 20);
  const history = loadHistory({ nextOrder: 4, types: [{ type: 'a', jobs: bytes.toString('base64') }] });
  assert.deepEqual(jobsOfType(history, 'a'), [
    { intervention: 7, order: 3, logRatio: 0.5, logCostRate: 4, hours: 6, satisfaction: Number.NaN },
  ]);
});
