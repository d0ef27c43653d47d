/**
 * Tries dead letters again, as they lie in raw.dead_letters: after a schema came back to the registry, or with a loader that
 * reads what the one before could not. What is in is left as it is, so it may be repeated.
 */
import { DolistreamError } from '../../../core/errors.ts';
import type { LoggedBatch } from '../../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../../core/ports/schema-registry.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { alertsTopic } from '../../../core/topics.ts';
import { alertInsert } from '../alert-insert.ts';
import { type PlannedRun, insertAbsent, tryInsert } from '../batch-insert.ts';
import { eventInsert } from '../event-insert.ts';
import type { Segment } from '../segment.ts';
import type { LoadedPlan, TablePlans } from '../table-plans.ts';
import type { WarehouseCatalog } from '../warehouse-catalog.ts';
import { type LetterPlace, type StoredLetter, markRedriven, openLetters } from './stored-letters.ts';

export interface RedriveDependencies {
  readonly warehouse: Warehouse;
  readonly registry: SchemaRegistry;
  readonly plans: TablePlans;
  /** Freshly loaded. */
  readonly catalog: WarehouseCatalog;
  readonly prefix: string;
  readonly warehouseDatabase: string;
}

export interface RedriveRequest {
  /** Topics whose letters are tried. */
  readonly selects: (topic: string) => boolean;
  /** Only tell what would go in. */
  readonly isDryRun: boolean;
}

export interface RedrivenLetter extends LetterPlace {
  readonly records: number;
  /** False: they cannot be read, as `note` says. */
  readonly isIn: boolean;
  /** Why not, or why the mirror was left as it is; null when there is nothing to say. */
  readonly note: string | null;
}

const LATER_TRUNCATES = `
SELECT count() AS truncates FROM raw.events
WHERE topic = {topic:String} AND op = 't' AND offset > {offset:Int64}`;

export async function redriveLetters(
  deps: RedriveDependencies,
  { selects, isDryRun }: RedriveRequest,
  signal: AbortSignal,
): Promise<RedrivenLetter[]> {
  const tried: RedrivenLetter[] = [];
  for await (const letter of openLetters(deps.warehouse)) {
    if (signal.aborted) break;
    if (!selects(letter.topic)) continue;
    const { topic, partition, offset, records } = letter;
    const outcome = await redrive(deps, letter, isDryRun);
    if (outcome.isIn && !isDryRun) await markRedriven(deps.warehouse, letter);
    tried.push({ ...{ topic, partition, offset, records }, ...outcome });
  }
  return tried;
}

type Outcome = Pick<RedrivenLetter, 'isIn' | 'note'>;

async function redrive(deps: RedriveDependencies, letter: StoredLetter, isDryRun: boolean): Promise<Outcome> {
  const insert = (planned: PlannedRun): Promise<void> =>
    isDryRun ? tryInsert(deps.warehouse, planned) : insertAbsent(deps.warehouse, planned);
  const run = [segmentOf(letter)];
  try {
    if (letter.topic === alertsTopic(deps.prefix)) {
      const schemaText = await deps.registry.schemaById(letter.schemaId);
      await insert({ run, schemaText, plan: () => alertInsert(deps.warehouseDatabase) });
      return { isIn: true, note: null };
    }
    const loaded = await deps.plans.get(letter.schemaId);
    if ('reason' in loaded) return { isIn: false, note: loaded.reason };
    const { plan, schemaText } = loaded;
    const note = await reasonToLeaveMirror(deps, letter, loaded);
    if (note === null) await insert({ run, schemaText, plan: plan.insert });
    await insert({ run, schemaText, plan: (range) => eventInsert(plan, letter.schemaId, range) });
    return { isIn: true, note };
  } catch (error) {
    if (!(error instanceof DolistreamError)) throw error;
    if (error.code !== 'WAREHOUSE_DATA' && error.code !== 'SCHEMA_UNKNOWN') throw error;
    return { isIn: false, note: error.message };
  }
}

/** What came after the letter may have changed the table as a whole; its rows of today do not follow from the letter then. */
async function reasonToLeaveMirror(
  { warehouse, catalog }: RedriveDependencies,
  { topic, offset }: StoredLetter,
  { plan }: LoadedPlan,
): Promise<string | null> {
  const advice = 'history has it; for the current rows run verify --repair';
  if (!plan.isKeyed) return `the table has no key: ${advice}`;
  if (!catalog.fits(plan)) return `the table has other columns now: ${advice}`;
  const [found] = await warehouse.rows<{ truncates: string }>(LATER_TRUNCATES, { params: { topic, offset } });
  return Number(found?.truncates ?? 0) > 0 ? `the table was emptied since: ${advice}` : null;
}

/** As the log held it. */
function segmentOf(letter: StoredLetter): Segment {
  const { topic, partition, offset, records, schemaId, payload } = letter;
  // Where the records end inside the payload is not kept, and nobody asks: they go in together.
  const valueEnds = new Uint32Array(records).fill(payload.length);
  const batch: LoggedBatch = {
    ...{ topic, partition, baseOffset: offset, count: records, valueSchemaId: schemaId, keySchemaId: null },
    ...{ values: payload, valueEnds, keys: new Uint8Array(0), keyEnds: new Uint32Array(records) },
    ...{ timestampMs: 0, firstSeq: 0, lastSeq: 0, next: '' },
  };
  const after = { cursor: null, skip: 0 };
  return { kind: 'rows', batch, start: 0, end: records, bytes: payload.length, after, passedSeq: 0 };
}
