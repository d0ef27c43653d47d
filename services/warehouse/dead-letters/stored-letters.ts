/** The letters in raw.dead_letters. */
import { DolistreamError } from '../../../core/errors.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';

export interface LetterPlace {
  readonly topic: string;
  readonly partition: number;
  /** Of the first record. */
  readonly offset: number;
}

export interface StoredLetter extends LetterPlace {
  readonly records: number;
  readonly schemaId: number;
  /** Avro datums back to back. */
  readonly payload: Uint8Array;
}

interface LetterRow {
  readonly topic: string;
  readonly partition: number;
  readonly first_offset: string;
  readonly records: number;
  readonly schema_id: number;
  readonly payload: string;
}

const OPEN_LETTERS = `
SELECT topic, partition, first_offset, records, schema_id, base64Encode(payload) AS payload
FROM raw.dead_letters
WHERE redriven_at IS NULL AND (topic, partition, first_offset) > ({topic:String}, {partition:UInt16}, {offset:Int64})
ORDER BY topic, partition, first_offset
LIMIT 1`;

const MARK = `
ALTER TABLE raw.dead_letters UPDATE redriven_at = now64(3)
WHERE topic = {topic:String} AND partition = {partition:UInt16} AND first_offset = {offset:Int64}
SETTINGS mutations_sync = 2`;

/** Letters that were not loaded since, in the order of their places; one is in memory at a time. */
export async function* openLetters(warehouse: Warehouse): AsyncGenerator<StoredLetter> {
  let after: LetterPlace = { topic: '', partition: 0, offset: -1 };
  for (;;) {
    const [row] = await warehouse.rows<LetterRow>(OPEN_LETTERS, { params: { ...after } });
    if (!row) return;
    const offset = Number(row.first_offset);
    if (!Number.isSafeInteger(offset)) {
      throw new DolistreamError('WAREHOUSE_FAILED', `A dead letter has the offset ${row.first_offset}`);
    }
    after = { topic: row.topic, partition: row.partition, offset };
    yield {
      ...after,
      ...{ records: row.records, schemaId: row.schema_id, payload: Buffer.from(row.payload, 'base64') },
    };
  }
}

/** Notes that its records are in. */
export async function markRedriven(
  warehouse: Warehouse,
  { topic, partition, offset }: LetterPlace,
): Promise<void> {
  await warehouse.command(MARK, { params: { topic, partition, offset } });
}
