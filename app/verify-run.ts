/** One run of `verify`: compares source and warehouse, and repairs what differs when that is asked for. */
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { ChangeSource, Snapshot } from '../core/ports/change-source.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';
import { tableTopic } from '../core/topics.ts';
import type { CaptureService } from '../services/capture/capture-service.ts';
import {
  compareTotals,
  readBusinessTotals,
  type TotalsReport,
} from '../services/warehouse/verify/business-totals.ts';
import type { TableComparison } from '../services/warehouse/verify/compare-table.ts';
import { removeForgedRows } from '../services/warehouse/verify/forged-rows.ts';
import {
  type Comparison,
  type VerifierDependencies,
  verifyMirror,
} from '../services/warehouse/verify/verifier.ts';
import { untilPassed } from './caught-up.ts';
import { compareMoving } from './compare-moving.ts';
import type { LoaderShards } from './loader-shards.ts';
import type { ModelService } from '../services/model/model-service.ts';
import { packagePath } from './paths.ts';
import type { Options } from './options.ts';
import type { RepairedTable, ReportProgress, TableVerdict, VerifyReport, VerifyRequest } from './runtime.ts';
import { selectCaptured } from './select-captured.ts';
import { requireSource } from './source-address.ts';

export interface VerifyParts {
  readonly options: Options;
  readonly log: ChangeLog;
  readonly warehouse: Warehouse;
  readonly load: LoaderShards;
  readonly source: ChangeSource;
  /** null: not in this process. */
  readonly capture: CaptureService | null;
  /** null: not in this process, or it follows loaders elsewhere, which nobody here can hold. */
  readonly model: ModelService | null;
  readonly barrier: Pick<VerifierDependencies, 'atBarrier' | 'unsettledTables'>;
  /** Resolves when what the source had committed is in the warehouse; rejects when a stage fails. */
  readonly caughtUp: () => Promise<void>;
}

interface Compared extends Comparison {
  readonly totals: TotalsReport['totals'];
}

const NO_TOTALS: TotalsReport = { totals: [], leftOut: [] };
const QUALIFY_TABLES = false;

export async function runVerify(
  parts: VerifyParts,
  request: VerifyRequest,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const startedAt = performance.now();
  if (parts.capture) await parts.caughtUp();
  const { captured, leftOut } = await selectCaptured(parts.source, request);
  const run = new VerifyRun(parts, request, { report, signal });
  let compared = await run.compare(captured);
  const different = compared.tables.filter(({ equal }) => !equal);
  const repaired: RepairedTable[] = [];
  if (request.repair === true && parts.capture && different.length > 0) {
    repaired.push(...(await run.repair(parts.capture, different)));
    await parts.caughtUp();
    compared = merge(compared, await run.compare(different.map(({ table }) => table)));
  }
  return {
    equal: compared.equal,
    position: compared.position,
    tables: compared.tables.map(toVerdict),
    totals: compared.totals,
    leftOut: [...leftOut, ...compared.leftOut],
    repaired,
    sampling: request.sampling ?? null,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

class VerifyRun {
  readonly #parts: VerifyParts;
  readonly #request: VerifyRequest;
  readonly #report: ReportProgress;
  readonly #signal: AbortSignal;

  constructor(
    parts: VerifyParts,
    request: VerifyRequest,
    { report, signal }: { readonly report: ReportProgress; readonly signal: AbortSignal },
  ) {
    this.#parts = parts;
    this.#request = request;
    this.#report = report;
    this.#signal = signal;
  }

  async compare(names: readonly string[]): Promise<Compared> {
    const { options, log, warehouse, load, barrier } = this.#parts;
    const signal = this.#signal;
    let totals = NO_TOTALS;
    const compare = (tables: readonly string[]): Promise<Comparison> =>
      verifyMirror(
        {
          ...barrier,
          ...{ warehouse, options: { timezone: options.timeZone, qualifyTables: QUALIFY_TABLES } },
          loader: { hold: (through) => load.hold(through, signal), release: () => load.release() },
        },
        {
          ...{ tables, signal, sampling: this.#request.sampling ?? null },
          onTable: ({ table, rows }) => this.#report({ table, rowsDone: rows, rowsTotal: rows, done: true }),
          whileHeld: async (snapshot, compared) => {
            await this.#removeForged(compared);
            totals = await this.#compareTotals(snapshot);
          },
        },
      );
    const comparison = await compareMoving({
      ...{ log, compare, tables: names },
      topicOf: (table) => this.#topicOf(table),
      isHeld: (topic) => load.holds(topic),
    });
    return {
      ...comparison,
      equal: comparison.equal && totals.totals.every(({ equal }) => equal),
      leftOut: [...comparison.leftOut, ...totals.leftOut],
      totals: totals.totals,
    };
  }

  /** Rows one by one where they can be told apart and are not too many; other tables as a whole. */
  async repair(capture: CaptureService, tables: readonly TableComparison[]): Promise<RepairedTable[]> {
    const repaired: RepairedTable[] = [];
    for (const { table, differing } of tables) {
      const { schema, rows, isComplete } = differing;
      if (schema.key.length > 0 && isComplete) {
        const events = await capture.repairRows({ table: schema, rows, signal: this.#signal });
        repaired.push({ table, events, isWhole: false });
        continue;
      }
      const onProgress = (): void => undefined;
      const [copied] = await capture.copyTables({ tables: [table], where: null, onProgress });
      repaired.push({ table, events: copied?.rows ?? 0, isWhole: true });
    }
    return repaired;
  }

  #topicOf(table: string): string {
    const { options } = this.#parts;
    return tableTopic(options.topicPrefix, requireSource(options).database, table);
  }

  async #removeForged(compared: readonly TableComparison[]): Promise<void> {
    const { capture, load, warehouse } = this.#parts;
    const newestSeq = capture?.status().seq ?? 0;
    if (this.#request.repair !== true || newestSeq === 0) return;
    const held = compared.filter(({ table, equal }) => !equal && load.holds(this.#topicOf(table)));
    await removeForgedRows(
      warehouse,
      held.map(({ differing }) => differing.schema),
      { newestSeq, qualifyTables: QUALIFY_TABLES },
    );
  }

  /** The model follows the mirror, which stands still: soon it stands there, too. */
  async #compareTotals(snapshot: Snapshot): Promise<TotalsReport> {
    const { load, log, model, options, warehouse } = this.#parts;
    if (!model) return NO_TOTALS;
    const target = load.mirrorPosition();
    const reader = { name: 'model', position: () => model.position() };
    await untilPassed({ log, signal: this.#signal }, reader, target);
    const totals = await readBusinessTotals(packagePath('clickhouse', 'totals'));
    return compareTotals(totals, { snapshot, warehouse, database: options.warehouseDatabase });
  }
}

/** What was compared again counts as it was then. */
function merge(before: Compared, after: Compared): Compared {
  const again = new Map(after.tables.map((table) => [table.table, table]));
  const tables = before.tables.map((table) => again.get(table.table) ?? table);
  const newTotals = new Map(after.totals.map((total) => [total.name, total]));
  const totals = before.totals.map((total) => newTotals.get(total.name) ?? total);
  return {
    equal: tables.every(({ equal }) => equal) && totals.every(({ equal }) => equal),
    position: after.position,
    tables,
    totals,
    leftOut: [...before.leftOut, ...after.leftOut],
  };
}

const toVerdict = ({
  table,
  equal,
  sourceRows,
  warehouseRows,
  differences,
  share,
}: TableComparison): TableVerdict => ({
  ...{ table, equal, sourceRows, warehouseRows, differences, share },
});
