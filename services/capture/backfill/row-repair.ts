/**
 * Writes single rows into the log as they are in the source now, as `r`, and as `d` those that are not there: for what
 * changed without a word in the binlog. Like a chunk of a copy each read gives way to what the stream tells meanwhile.
 */
import { DolistreamError } from '../../../core/errors.ts';
import type { ChunkReader, ReadRows } from '../../../core/ports/change-source.ts';
import { schemaFingerprint, type TableSchema } from '../../../core/table-schema.ts';
import type { CaptureContext } from '../capture-context.ts';
import type { StreamGaps } from '../stream-gaps.ts';
import type { ChunkWindow } from './chunk-windows.ts';
import { copyEvent } from './copy-event.ts';

export interface RepairRequest {
  /** As the rows were compared. Has a key. */
  readonly table: TableSchema;
  /** Canonical text of every column; of rows that the source has the key alone counts. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly signal: AbortSignal;
}

const ROWS_PER_READ = 500;
/** Reads that a change of a table, or more keys than can be remembered, made worthless. */
const MAX_ATTEMPTS = 20;

export class RowRepair {
  readonly #context: CaptureContext;
  readonly #gaps: StreamGaps;

  constructor(context: CaptureContext, gaps: StreamGaps) {
    this.#context = context;
    this.#gaps = gaps;
  }

  /** Returns how many events it wrote. Rejects with SOURCE_TABLE_CHANGED when the table is no longer as it was compared. */
  async repair({ table, rows, signal }: RepairRequest): Promise<number> {
    await using reader = await this.#context.deps.source.openChunkReader();
    let written = 0;
    for (let from = 0; from < rows.length; from += ROWS_PER_READ) {
      const wanted = rows.slice(from, from + ROWS_PER_READ);
      written += await this.#rewrite({ table, rows: wanted, signal }, reader);
    }
    return written;
  }

  async #rewrite(request: RepairRequest, reader: ChunkReader): Promise<number> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      request.signal.throwIfAborted();
      const written = await this.#attempt(request, reader);
      if (written !== null) return written;
    }
    throw tableChanged(request.table);
  }

  /** null: what was read must not be used. */
  async #attempt({ table, rows }: RepairRequest, reader: ChunkReader): Promise<number | null> {
    const context = this.#context;
    const before = context.tableChanges;
    const schema = await this.#describe(table);
    const window = await this.#gaps.run(null, (position) => context.windows.open(table.table, position));
    try {
      const read = await reader.readRows({ table: schema, rows, seen: window.position });
      window.fill(read);
      return await this.#gaps.run(read.through, async (position) => {
        if (window.isOverflowed || context.tableChanges !== before) return null;
        const written = this.#write(read, window, copyEvent(position, reader.serverId, read.timestampMs));
        await context.writer.pump(true);
        return written;
      });
    } finally {
      window.close();
    }
  }

  #write(read: ReadRows, window: ChunkWindow, event: ReturnType<typeof copyEvent>): number {
    let written = 0;
    for (const rows of read.cursors((index) => window.drops(index)))
      written += this.#context.addRows(rows, { ...event, snapshot: rows.operation === 'r' });
    return written;
  }

  async #describe(compared: TableSchema): Promise<TableSchema> {
    const { source } = this.#context.deps;
    const [table] = await source.describe([compared.table]);
    if (!table || schemaFingerprint(table) !== schemaFingerprint(compared)) throw tableChanged(compared);
    return table;
  }
}

const tableChanged = ({ table }: TableSchema): DolistreamError =>
  new DolistreamError(
    'SOURCE_TABLE_CHANGED',
    `${table} was altered or emptied while its rows were repaired`,
    {
      fix: 'Verify it again.',
      retryable: true,
    },
  );
