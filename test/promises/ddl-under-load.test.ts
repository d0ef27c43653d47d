/**
 * A Dolibarr whose tables are altered, swapped, dropped and made anew while four sessions write to them and the reader is
 * killed, ends equal. Longer, on a real dump: `npx tsx test/real/ddl-stress.ts DIR`.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createDolibarr } from '../../simulator/create-dolibarr.ts';
import { createRandom } from '../../simulator/random.ts';
import { runCli } from '../support/cli-process.ts';
import { stressWithDdl, verdictOf } from '../support/ddl-stress.ts';
import { startTestMariadb } from '../support/mariadb.ts';
import { UpProcess } from '../support/up-process.ts';

const DATABASE = 'dolibarr_ddl';
const TABLES = [
  'llx_ticket',
  'llx_societe',
  'llx_product',
  'llx_c_ticket_type',
  'llx_stock_mouvement',
  'llx_facture',
];
/** Any other will do: it decides the statements, if not when they come. */
const SEED = 7;

void describe('schema changes of every kind under load', () => {
  void it('leave every table equal, also when the reader is killed between them', async () => {
    await using db = await startTestMariadb();
    await createDolibarr({ url: db.url(DATABASE) });
    await db.grantCapture(DATABASE);
    const dataDir = await mkdtemp(join(tmpdir(), 'dolistream-ddl-'));
    const source = db.captureUrl(DATABASE);
    let up = await UpProcess.start({ source, dataDir });
    const said: string[] = [];
    try {
      const { ddl, tables } = await stressWithDdl({
        ...{ db, database: DATABASE, tables: TABLES, statements: 30, kills: 2, random: createRandom(SEED) },
        killAndStart: async () => {
          await up.kill9();
          up = await UpProcess.start({ source, dataDir });
        },
        say: (line) => said.push(line),
      });
      assert.ok(ddl >= 30);
      const verified = await runCli(['verify', '--data', dataDir, '--source', source, '--json']);
      assert.deepEqual(verdictOf(verified, tables), [], `seed ${SEED}\n${said.join('\n')}`);
      assert.equal(await up.stop(), 0);
    } finally {
      await up.kill9();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
