/**
 * Copies a table without a key. Its rows cannot be told apart, so no chunk of it can be weighed against the stream; but
 * readers count the copies of a row, and counting does not depend on order. So the table is emptied in the log exactly
 * where a snapshot of it was taken, and the snapshot's rows follow in pieces while the stream goes on.
 */
import type { RowCursor, Snapshot } from '../../../core/ports/change-source.ts';
import type { SourcePosition } from '../../../core/position.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import type { Barriers } from '../barriers.ts';
import type { CaptureContext } from '../capture-context.ts';
import type { StreamGaps } from '../stream-gaps.ts';
import { copyEvent } from './copy-event.ts';
import type { CopyPace } from './copy-pace.ts';
import { type CopyProgress, progressOf, type TableCopyProgress } from './copy-progress.ts';
import type { TableCopy } from './copy-queue.ts';

export interface KeylessCopyOptions {
  readonly gaps: StreamGaps;
  readonly barriers: Barriers;
  readonly pace: CopyPace;
  readonly progress: CopyProgress;
  readonly onProgress: (progress: TableCopyProgress) => void;
  readonly admit: (signal: AbortSignal) => Promise<void>;
  readonly finish: (copy: TableCopy) => void;
  readonly begin: (copy: TableCopy, schema: TableSchema, position: SourcePosition) => Promise<void>;
}

export class KeylessCopy {
  readonly #context: CaptureContext;
  readonly #options: KeylessCopyOptions;

  constructor(context: CaptureContext, options: KeylessCopyOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Copies the whole table, or as much as a DDL, a pause or `signal` lets it; then it has to begin again. */
  async copy(copy: TableCopy, signal: AbortSignal): Promise<void> {
    const { barriers, gaps, begin, admit } = this.#options;
    const { epoch } = copy;
    copy.startOver(copy.begun);
    let schema: TableSchema | null = null;
    const opening = barriers.add({
      tables: [copy.table],
      atBarrier: async (opened) => {
        const found = opened.tables.find(({ table }) => table === copy.table);
        if (found?.key.length !== 0 || copy.epoch !== epoch + 1) return;
        await begin(copy, found, opened.position);
        schema = found;
      },
    });
    gaps.kick();
    await using snapshot = await opening;
    const began = epoch + 1;
    if (schema === null) return;
    for await (const rows of snapshot.rows(schema)) {
      await admit(signal);
      const isCurrent = copy.epoch === began && !this.#context.copies.paused && !signal.aborted;
      if (!isCurrent) return;
      await gaps.run(null, () => this.#add(copy, began, { rows, snapshot }));
    }
    await gaps.run(null, () => {
      if (copy.epoch === began) this.#options.finish(copy);
    });
  }

  #add(
    copy: TableCopy,
    epoch: number,
    { rows, snapshot }: { rows: RowCursor; snapshot: Snapshot },
  ): void | Promise<void> {
    if (copy.epoch !== epoch) return;
    const { position, serverId, timestampMs } = snapshot;
    const count = this.#context.addRows(rows, copyEvent(position, serverId, timestampMs));
    copy.rows += count;
    this.#options.progress.add(count);
    this.#options.onProgress(progressOf(copy, false));
    return this.#context.writer.pump(true);
  }
}
