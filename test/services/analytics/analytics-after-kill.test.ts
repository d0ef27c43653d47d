import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { readAlerts } from './intervention-events.ts';

const CHILD = fileURLToPath(new URL('./analytics-child.ts', import.meta.url));
const LAST = 200;

/** Runs the child until it has written `killAt`, then kills it; without `killAt` until it ends by itself. */
async function runChild(dir: string, killAt?: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dir, String(LAST)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (killAt !== undefined && Number(line) >= killAt) child.kill('SIGKILL');
  }
  const [code, signal] = (await ended) as [number | null, string | null];
  assert.ok(code === 0 || signal === 'SIGKILL', `the child ended with ${code ?? signal}`);
}

async function alertsAfter(kills: readonly number[]): Promise<object[]> {
  const dir = await mkdtemp(path.join(tmpdir(), 'dolistream-analytics-'));
  try {
    for (const killAt of kills) await runChild(dir, killAt);
    await runChild(dir);
    const { log, close } = await openEmbeddedLog({ dir });
    const alerts = await readAlerts(log);
    await close();
    return alerts.map(({ id, explanation, details }) => ({ id, explanation, details }));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

void test('kill -9 at any moment leaves each alert once, with the words of a run without kills', async () => {
  const undisturbed = await alertsAfter([]);
  const killed = await alertsAfter([3, 9, 40, 77, 150]);
  assert.ok(undisturbed.length >= 20, `only ${undisturbed.length} alerts`);
  assert.deepEqual(killed, undisturbed);
});
