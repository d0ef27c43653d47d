/** The dead letters as people look at them, asked over the read-only query of a pipeline here or elsewhere. */
import { queryRows } from '../query-rows.ts';
import type { RuntimeClient } from '../runtime.ts';

export interface ListedLetter {
  readonly topic: string;
  readonly partition: number;
  /** Of the first record, in the numbering of raw.events. */
  readonly offset: number;
  readonly records: number;
  readonly schemaId: number;
  readonly reason: string;
  /** ISO 8601. */
  readonly recordedAt: string;
  /** When it went in after all; null: it is missing. */
  readonly redrivenAt: string | null;
  /** Its bytes in hexadecimal, Avro datums back to back; null where they were not asked for. */
  readonly payload: string | null;
}

const time = (column: string): string => `formatDateTime(${column}, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')`;

const lettersQuery = (withPayload: boolean): string => `
SELECT topic, partition, toFloat64(first_offset) AS offset, records, schema_id AS schemaId, reason,
       ${time('recorded_at')} AS recordedAt,
       if(redriven_at IS NULL, NULL, ${time('assumeNotNull(redriven_at)')}) AS redrivenAt,
       ${withPayload ? 'lower(hex(payload))' : 'NULL'} AS payload
FROM raw.dead_letters
ORDER BY recorded_at, topic, partition, first_offset`;

/** Oldest first. */
export const readLetters = (
  client: Pick<RuntimeClient, 'query'>,
  withPayload: boolean,
  signal: AbortSignal,
): Promise<ListedLetter[]> => queryRows(client, lettersQuery(withPayload), signal);
