/** One connection's worth of stream: rows and statements of each transaction into the log, in commit order. */
import { DolistreamError } from '../../core/errors.ts';
import type {
  EventPlace,
  RowCursor,
  StreamHandler,
  TransactionInfo,
} from '../../core/ports/change-source.ts';
import type { SourcePosition } from '../../core/position.ts';
import type { TableSchema } from '../../core/table-schema.ts';
import type { CaptureContext, TableChange } from './capture-context.ts';
import type { PartialTransaction } from './capture-state.ts';
import { type StatementEffect, statementEffects } from './statement-effects.ts';
import type { StreamGaps, StreamPlace } from './stream-gaps.ts';

export interface StreamActivity {
  /** Commit time of the newest transaction read, ms since epoch; null before the first. */
  lastCommitMs: number | null;
  /** When the stream was last known to have read all there was, ms since epoch. */
  caughtUpAtMs: number | null;
  transactions: number;
  rows: number;
}

/** How far a quiet source was read is saved this often, so that after a stop the purge forecast knows it. */
const SAVE_IDLE_EVERY_MS = 600_000;

export class StreamSession implements StreamHandler, StreamPlace {
  readonly activity: StreamActivity = { lastCommitMs: null, caughtUpAtMs: null, transactions: 0, rows: 0 };
  readonly #context: CaptureContext;
  readonly #gaps: StreamGaps;
  /** Latest schema seen of each table, for TRUNCATE, whose event has no table map. */
  readonly #schemas: Map<string, TableSchema>;
  readonly #onFollowUp: () => void;
  #transaction: TransactionInfo | null = null;
  #rowsInTransaction = 0;
  /** Of the transaction at hand. */
  #tables: readonly string[] = [];
  #rowsToSkip = 0;
  #idleUnsaved = false;
  #savedAtMs: number;

  constructor(
    context: CaptureContext,
    options: { gaps: StreamGaps; schemas: Map<string, TableSchema>; onFollowUp: () => void },
  ) {
    this.#context = context;
    this.#savedAtMs = context.deps.clock.now();
    this.#gaps = options.gaps;
    this.#schemas = options.schemas;
    this.#onFollowUp = options.onFollowUp;
  }

  /** True between two transactions. */
  get idle(): boolean {
    return this.#transaction === null;
  }

  gap(): SourcePosition | null {
    // A transaction of which the first rows are in the log already counts as begun.
    return this.idle && this.#context.partial === null ? this.#context.position : null;
  }

  hasMoved(): boolean {
    return this.activity.transactions > 0;
  }

  onBegin(transaction: TransactionInfo): void | Promise<void> {
    if (this.#context.partial && this.#context.partial.id !== transaction.id) {
      if (this.#context.partial.tables === null)
        throw vanishedTransaction(this.#context.partial.id, transaction.id);
      this.#undo(this.#context.partial);
    }
    const { partial } = this.#context;
    this.#tables = partial?.tables ?? [];
    this.#transaction = transaction;
    this.#rowsInTransaction = 0;
    this.#rowsToSkip = partial?.rows ?? 0;
    this.#context.partial = null;
    return this.#gaps.gate ?? undefined;
  }

  onRows(rows: RowCursor, place: EventPlace): void | Promise<void> {
    const transaction = this.#transaction!;
    this.#schemas.set(rows.table.table, rows.table);
    if (this.#context.unconfirmed.size > 0) this.#context.unconfirmed.delete(rows.table.table);
    if (rows.table.key.length === 0) this.#context.copies.emptyFirst(rows.table.table);
    const skip = this.#rowsToSkip;
    const count = this.#context.addRows(rows, { transaction, place, snapshot: false }, skip);
    this.#rowsToSkip = Math.max(0, skip - count);
    this.#rowsInTransaction += count;
    this.activity.rows += count;
    if (!this.#tables.includes(rows.table.table)) this.#tables = [...this.#tables, rows.table.table];
    // What is appended from here on ends inside this transaction, until it commits.
    this.#context.partial = {
      id: transaction.id,
      rows: this.#rowsInTransaction,
      tables: this.#tables,
    };
    return this.#context.writer.pump(false) ?? this.#context.deps.hold?.() ?? undefined;
  }

  async onStatement(statement: { database: string; sql: string }, place: EventPlace): Promise<void> {
    const effects = statementEffects(statement.sql, statement.database).flatMap((effect) =>
      this.#captured(effect),
    );
    if (effects.length === 0) return;
    const transaction = this.#transaction!;
    const changes: TableChange[] = [];
    for (const effect of effects) {
      // Who reads only the rows of a table must know that they are gone, before another table comes under its name.
      const isEmptied = effect.kind === 'truncate' || effect.kind === 'drop';
      if (isEmptied) this.#truncate(effect.target.table, { transaction, place });
      if (effect.kind !== 'truncate') changes.push(...this.#change(effect));
    }
    if (changes.length > 0) {
      await this.#context.addSchemaChange(changes, {
        transaction,
        place,
        snapshot: false,
        ddl: statement.sql,
      });
    }
    this.#context.deps.logger.info({ ddl: statement.sql.slice(0, 300) }, 'schema change');
  }

  onCommit(position: SourcePosition, place: EventPlace): void | Promise<void> {
    this.#transaction = null;
    this.#context.partial = null;
    this.#context.position = position;
    this.#context.readUntilMs = Math.max(this.#context.readUntilMs, place.timestampMs);
    this.activity.transactions++;
    this.activity.lastCommitMs = place.timestampMs;
    this.#idleUnsaved = true;
    if (this.#context.unconfirmed.size > 0) this.#onFollowUp();
    return (
      this.#gaps.enter(position) ??
      this.#context.writer.pump(true) ??
      this.#context.deps.hold?.() ??
      undefined
    );
  }

  onAbandon(): void {
    const { partial } = this.#context;
    this.#transaction = null;
    if (partial) this.#undo(partial);
  }

  /** Rows of a transaction that never committed are in the log, or on their way: their tables are copied anew. */
  #undo(partial: PartialTransaction): void {
    const tables = partial.tables ?? [];
    this.#context.deps.logger.warn(
      { transaction: partial.id, tables },
      'the source lost a transaction in a crash while it wrote it: its tables are copied anew',
    );
    for (const table of tables) this.#context.copies.add(table, { truncate: true, where: null });
    this.#context.partial = null;
  }

  onHeartbeat(): void {
    const now = this.#context.deps.clock.now();
    this.activity.caughtUpAtMs = now;
    if (!this.idle) return;
    if (now - this.#savedAtMs > SAVE_IDLE_EVERY_MS) this.#idleUnsaved = true;
    this.#context.readUntilMs = Math.max(this.#context.readUntilMs, now);
    if (!this.#idleUnsaved || !this.idle || this.#context.writer.waitingBytes > 0) return;
    // Transactions of other databases move the position without leaving a record; save it now and then.
    this.#idleUnsaved = false;
    this.#savedAtMs = now;
    this.#context.writer.flush().catch((error: unknown) => this.#context.writer.fail(error));
  }

  /** The effect as far as it touches captured tables. */
  #captured(effect: StatementEffect): StatementEffect[] {
    const { source } = this.#context.deps;
    if (effect.kind === 'drop-database') {
      if (effect.database !== source.identity.database) return [];
      return [...this.#schemas.values()].map((target) => ({ kind: 'drop' as const, target }));
    }
    if (effect.kind === 'rename') {
      const from = source.captures(effect.target.database, effect.target.table);
      const to = source.captures(effect.to.database, effect.to.table);
      return [
        ...(from ? [{ kind: 'drop' as const, target: effect.target }] : []),
        ...(to ? [{ kind: 'alter' as const, target: effect.to, rewrites: true, columns: null }] : []),
      ];
    }
    if (!source.captures(effect.target.database, effect.target.table)) return [];
    if (effect.kind === 'dml') {
      throw new DolistreamError(
        'SOURCE_STATEMENT_FORMAT',
        `${effect.target.database}.${effect.target.table} was changed by a statement instead of rows`,
        {
          fix: 'SET GLOBAL binlog_format=ROW (sessions keep the old value until they reconnect); then: dolistream backfill --restart',
        },
      );
    }
    return [effect];
  }

  #truncate(table: string, event: { transaction: TransactionInfo; place: EventPlace }): void {
    const schema = this.#schemas.get(table);
    if (schema) this.#context.addTruncate(schema, { ...event, snapshot: false });
    this.#context.copies.outdate(table);
  }

  /**
   * The new shape of a table is not read from the catalog here, which may be ahead of the stream: the next row brings
   * it, and where no row comes a barrier does.
   */
  #change(effect: StatementEffect): TableChange[] {
    if (effect.kind !== 'create' && effect.kind !== 'alter' && effect.kind !== 'drop') return [];
    const { target } = effect;
    const { copies, unconfirmed } = this.#context;
    if (effect.kind === 'drop') {
      this.#schemas.delete(target.table);
      copies.remove(target.table);
      unconfirmed.delete(target.table);
      return [{ type: 'DROP', table: target, schema: null }];
    }
    const key = this.#schemas.get(target.table)?.key;
    if (effect.kind === 'alter' && (effect.rewrites || key?.length === 0)) {
      // The same rows under the same keys are overwritten one by one: nobody need see the table empty meanwhile.
      const keepsKeys = key !== undefined && key.length > 0 && !touchesKey(key, effect.columns);
      copies.add(target.table, { truncate: !keepsKeys, where: null });
    } else {
      copies.outdate(target.table);
      unconfirmed.add(target.table);
    }
    return [{ type: effect.kind === 'create' ? 'CREATE' : 'ALTER', table: target, schema: null }];
  }
}

const touchesKey = (key: readonly string[], columns: readonly string[] | null): boolean =>
  columns === null || key.some((part) => columns.some((name) => name.toLowerCase() === part.toLowerCase()));

function vanishedTransaction(expected: string, found: string): DolistreamError {
  return new DolistreamError(
    'SOURCE_POSITION_LOST',
    `Transaction ${expected}, of which the first rows were read, is no longer in the binlog (${found} comes instead)`,
    {
      fix: 'The server lost its last transactions in a crash. Copy everything anew: dolistream backfill --restart',
    },
  );
}
