/** Events of one topic, schema and date that wait to become a file. */
import type { DatumBlock } from '../../core/avro-container.ts';
import type { LoggedBatch } from '../../core/ports/change-log.ts';
import type { EventRange } from './lake-path.ts';

export interface SegmentStart {
  readonly table: string;
  readonly schemaId: number;
  readonly date: string;
  readonly first: number;
}

export class Segment {
  readonly start: SegmentStart;
  readonly #blocks: DatumBlock[] = [];
  #count = 0;
  #bytes = 0;

  constructor(start: SegmentStart) {
    this.start = start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  get blocks(): readonly DatumBlock[] {
    return this.#blocks;
  }

  get range(): EventRange {
    const { table, date, first } = this.start;
    return { table, date, first, last: first + this.#count - 1 };
  }

  /** Whether these records may follow: same schema and date, and the very next offset. */
  accepts(next: SegmentStart): boolean {
    const { schemaId, date } = this.start;
    return schemaId === next.schemaId && date === next.date && next.first === this.range.last + 1;
  }

  /** Adds the records [from, to) of a batch. */
  add(batch: LoggedBatch, from: number, to: number): void {
    const start = from === 0 ? 0 : batch.valueEnds[from - 1]!;
    const data = batch.values.subarray(start, batch.valueEnds[to - 1]);
    this.#blocks.push({ count: to - from, data });
    this.#count += to - from;
    this.#bytes += data.length;
  }
}
