/** Changes of wide rows of several tables, the same at every call: what the loaders' bench writes to the log. */
import type { RecordBatch } from '../../core/ports/change-log.ts';
import type { SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { keySubject, tableTopic } from '../../core/topics.ts';
import { writeLong } from '../../core/avro-bytes.ts';
import { shardOf } from '../../services/warehouse/shards.ts';
import { PREFIX, type TestEvent, TestTable, tableSchema } from '../../test/support/events.ts';

export const DATABASE = 'dolibarr';
const RECORDS_PER_BATCH = 1000;
const ROWS_PER_TABLE = 5000;
const MESSAGE = 'The joint was changed last week and leaks again; bring the key of 17. '
  .repeat(5)
  .slice(0, 290);

const COLUMNS = {
  ...{ rowid: 'int', entity: 'int', ref: 'varchar(128)', track_id: 'varchar(128)', fk_soc: 'int' },
  ...{ fk_project: 'int', origin_email: 'varchar(128)', fk_user_create: 'int', subject: 'varchar(255)' },
  ...{
    message: 'mediumtext',
    fk_statut: 'int',
    progress: 'int',
    timing: 'varchar(20)',
    price: 'double(24,8)',
  },
  ...{ type_code: 'varchar(32)', category_code: 'varchar(32)', severity_code: 'varchar(32)' },
  ...{ datec: 'datetime', date_read: 'datetime', date_close: 'datetime' },
};

/** A long that is always a number of milliseconds: dates do not matter here, their width does. */
const DATE_MS = 1_790_000_000_000;

/** Names of tables of which each shard has as many: then what side by side can bring at the best is measured. */
export function evenTableNames(shards: number, tablesPerShard: number): string[] {
  const names: string[][] = Array.from({ length: shards }, () => []);
  for (let number = 1; names.some(({ length }) => length < tablesPerShard); number++) {
    const name = `llx_loaded_${number}`;
    const place = names[shardOf(tableTopic(PREFIX, DATABASE, name), shards)]!;
    if (place.length < tablesPerShard) place.push(name);
  }
  return names.flat().sort();
}

interface KeyedTable {
  readonly table: TestTable;
  readonly keySchemaId: number;
}

export class KeyedEvents {
  readonly #tables: readonly KeyedTable[];
  #seq = 0;

  private constructor(tables: readonly KeyedTable[]) {
    this.#tables = tables;
  }

  static async register(registry: SchemaRegistry, names: readonly string[]): Promise<KeyedEvents> {
    const tables = [];
    for (const name of names) {
      const table = await TestTable.register(registry, tableSchema(name, COLUMNS));
      const fields = [{ name: 'rowid', type: 'int' }];
      const keySchema = { type: 'record', name: 'Key', namespace: table.topic, fields };
      const keySchemaId = await registry.register(keySubject(table.topic), JSON.stringify(keySchema));
      tables.push({ table, keySchemaId });
    }
    return new KeyedEvents(tables);
  }

  /** Of the newest record; records count from 1. */
  get seq(): number {
    return this.#seq;
  }

  /** The next records, as batches of one table after the other. */
  batches(records: number): RecordBatch[] {
    const made: RecordBatch[] = [];
    for (let rest = records, turn = 0; rest > 0; turn++) {
      const count = Math.min(rest, RECORDS_PER_BATCH);
      made.push(this.#batch(this.#tables[turn % this.#tables.length]!, count));
      rest -= count;
    }
    return made;
  }

  /** One record of each table. */
  oneEach(): RecordBatch[] {
    return this.#tables.map((table) => this.#batch(table, 1));
  }

  #batch({ table, keySchemaId }: KeyedTable, count: number): RecordBatch {
    const events = Array.from({ length: count }, () => change(++this.#seq));
    const keys = Buffer.alloc(5 * count);
    let end = 0;
    const keyEnds = Uint32Array.from(events, ({ seq }) => (end = writeLong(keys, end, rowidOf(seq))));
    return { ...table.batch(events), keySchemaId, keys: keys.subarray(0, end), keyEnds };
  }
}

const rowidOf = (seq: number): number => 1 + ((seq * 7919) % ROWS_PER_TABLE);

/** Half of the changes are new rows, three tenths updates, the rest deletes; keys come again, so that their order counts. */
function change(seq: number): TestEvent {
  const rowid = rowidOf(seq);
  const kind = seq % 10;
  if (kind >= 8) return { op: 'd', seq, before: image(rowid, seq) };
  return kind >= 5
    ? { op: 'u', seq, before: image(rowid, seq - 1), after: image(rowid, seq) }
    : { op: 'c', seq, after: image(rowid, seq) };
}

function image(rowid: number, seq: number): Readonly<Record<string, unknown>> {
  return {
    ...{
      rowid,
      entity: 1,
      ref: `TS2611-${rowid}`,
      track_id: `track${rowid}abcdef`,
      fk_soc: 1 + (rowid % 300),
    },
    ...{ fk_project: 1 + (rowid % 80), origin_email: `client${rowid % 300}@example.fr`, fk_user_create: 3 },
    ...{ subject: `Leak below the sink, building ${rowid % 40}`, message: `${seq} ${MESSAGE}` },
    ...{ fk_statut: seq % 9, progress: seq % 101, timing: 'J+2', price: (seq % 10_000) / 8 },
    ...{ type_code: 'ISSUE', category_code: 'OTHER', severity_code: seq % 5 === 0 ? 'HIGH' : 'NORMAL' },
    ...{ datec: DATE_MS, date_read: DATE_MS, date_close: seq % 3 === 0 ? DATE_MS : null },
  };
}
