/** A simulated firm with the whole pipeline behind it and its pages on a free port of this machine. */
import { openRuntime } from '../../app/connect-runtime.ts';
import { pipelineComposition } from '../../app/pipeline.ts';
import { resolveOptions } from '../../app/resolve-options.ts';
import type { Runtime } from '../../app/runtime.ts';
import { ReleaseStack } from '../../app/release-stack.ts';
import { createDolibarr } from '../../simulator/create-dolibarr.ts';
import { seedHistory } from '../../simulator/seed-history.ts';
import { startTestMariadb, type TestMariadb } from '../support/mariadb.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

export const HOSTILE = `<script>window.hacked=1</script><img src=x onerror="window.hacked=1">"'=cmd|'/c calc'!A1`;

export interface FirmOnline extends AsyncDisposable {
  readonly db: TestMariadb;
  readonly runtime: Runtime;
  /** Without a slash at the end. */
  readonly base: string;
}

const never = new AbortController().signal;

/** Resolves when every figure of the history can be seen. Text fields of Dolibarr hold what an attacker would type. */
export async function startFirm(months: number): Promise<FirmOnline> {
  const release = new ReleaseStack();
  try {
    const db = await startTestMariadb();
    release.add(() => db[Symbol.asyncDispose]());
    const folder = makeTemporaryFolder();
    release.add(() => Promise.resolve(folder[Symbol.dispose]()));
    await createDolibarr({ url: db.url(), replace: true });
    await seedHistory({ url: db.url(), seed: 7, months, timeZone: 'Europe/Paris' });
    await db.query('UPDATE llx_societe SET nom = ? WHERE rowid % 3 = 0', [HOSTILE]);
    await db.query('UPDATE llx_projet SET title = ? WHERE rowid % 2 = 0', [HOSTILE]);
    await db.query('UPDATE llx_product SET label = ? WHERE rowid % 4 = 0', [HOSTILE]);
    const options = resolveOptions({
      command: 'up',
      flags: { source: db.captureUrl(), data: folder.path, logLevel: 'error', http: '127.0.0.1:0' },
      env: {},
      cwd: folder.path,
    });
    const opened = await openRuntime({ options, composition: pipelineComposition, terminal: process.stderr });
    release.add(() => opened[Symbol.asyncDispose]());
    const { runtime } = opened;
    await runtime.start({ http: true });
    await runtime.waitUntilCaughtUp(never);
    const { http } = await runtime.status();
    return { db, runtime, base: http!, [Symbol.asyncDispose]: () => release.release() };
  } catch (error) {
    await release.release();
    throw error;
  }
}

/** Adds an open ticket as Dolibarr would, on a connection of its own; resolves at the commit. */
export async function addTicket(db: TestMariadb): Promise<void> {
  await db.query(
    `INSERT INTO llx_ticket (ref, track_id, fk_soc, fk_user_create, subject, message, fk_statut, type_code, severity_code, datec, entity)
     SELECT CONCAT('TS-LIVE-', MAX(rowid)), MD5(RAND()), MAX(fk_soc), 1, ?, ?, 1, 'ISSUE', 'NORMAL', NOW(), 1 FROM llx_ticket`,
    [HOSTILE, HOSTILE],
  );
}
