/**
 * Splits a batch where the UTC date of its commits changes. Records are only looked into when the date may change
 * inside the batch, about once per topic and day: commit times of a topic do not go back, so a batch whose newest
 * record has the date of the batch before it has no other date.
 */
import avro from 'avsc';
import type { RecordBatch } from '../../core/ports/change-log.ts';
import { utcDate } from './lake-path.ts';

/** Records [from, to) of a batch. */
export interface DateRun {
  readonly date: string;
  readonly from: number;
  readonly to: number;
}

type CommitTimeReader = (datum: Buffer) => number;

interface Commit {
  readonly source: { readonly ts_ms: number };
}

export class CommitDates {
  readonly #schemaById: (id: number) => string;
  readonly #readers = new Map<number, CommitTimeReader>();

  /** `schemaById` answers for the schemas of the batches that are given. */
  constructor(schemaById: (id: number) => string) {
    this.#schemaById = schemaById;
  }

  /** `previous`: date of the topic's record before this batch, null when it is not known. */
  split(batch: RecordBatch, previous: string | null): DateRun[] {
    if (utcDate(batch.timestampMs) === previous) return [{ date: previous, from: 0, to: batch.count }];
    const commitTime = this.#reader(batch.valueSchemaId);
    const runs: { date: string; from: number; to: number }[] = [];
    for (let index = 0; index < batch.count; index++) {
      const from = index === 0 ? 0 : batch.valueEnds[index - 1]!;
      const datum = batch.values.subarray(from, batch.valueEnds[index]);
      const date = utcDate(commitTime(Buffer.from(datum.buffer, datum.byteOffset, datum.length)));
      const run = runs.at(-1);
      if (run?.date === date) run.to = index + 1;
      else runs.push({ date, from: index, to: index + 1 });
    }
    return runs;
  }

  /** Decodes the commit time alone; the images are skipped. */
  #reader(schemaId: number): CommitTimeReader {
    const known = this.#readers.get(schemaId);
    if (known) return known;
    const schema = JSON.parse(this.#schemaById(schemaId)) as { namespace?: string };
    const writer = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: true });
    const projection = avro.Type.forSchema({
      type: 'record',
      name: 'Envelope',
      ...(schema.namespace === undefined ? {} : { namespace: schema.namespace }),
      fields: [{ name: 'source', type: SOURCE_TIME }],
    });
    const resolver = projection.createResolver(writer);
    const reader: CommitTimeReader = (datum) =>
      (projection.fromBuffer(datum, resolver, true) as Commit).source.ts_ms;
    this.#readers.set(schemaId, reader);
    return reader;
  }
}

const SOURCE_TIME: avro.Schema = {
  type: 'record',
  name: 'io.dolistream.Source',
  fields: [{ name: 'ts_ms', type: 'long' }],
};
