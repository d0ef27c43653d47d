/**
 * Turns zongji's framing events into begin, statement and commit, and keeps the position: it moves only when a
 * transaction is complete, so whatever is saved can be resumed from.
 */
import { GtidSet, MariadbGtidPosition } from '@vlasky/zongji';
import { DolistreamError } from '../../../core/errors.ts';
import type {
  EventPlace,
  RowCursor,
  StreamHandler,
  TransactionInfo,
} from '../../../core/ports/change-source.ts';
import type { SourcePosition } from '../../../core/position.ts';
import { FileOffset } from './file-offset.ts';

export interface EventHeader {
  readonly timestampMs: number;
  readonly serverId: number;
  /** End offset of the event, of which a header holds the lower four bytes; 0 inside a transaction of MariaDB 11.4 and later. */
  readonly offset: number;
}

/** What is read of zongji's events; each kind has only some of these. */
interface FramingEvent {
  getEventName(): string;
  readonly binlogName?: string;
  readonly position?: number;
  readonly gtid?: string;
  readonly query?: string;
  readonly schema?: string;
  readonly standalone?: boolean;
  readonly flagsExtra?: number;
}

interface OpenTransaction extends TransactionInfo {
  /** MariaDB: the group is this one statement. */
  readonly standalone: boolean;
  /** MariaDB two-phase ALTER: its start and its rollback change nothing. */
  readonly ineffective: boolean;
  explicit: boolean;
}

const FL_START_ALTER = 0x02;
const FL_ROLLBACK_ALTER = 0x08;

export class TransactionTracker {
  readonly #handler: StreamHandler;
  readonly #mariadb: MariadbGtidPosition | null;
  readonly #mysql: GtidSet | null;
  #file: string;
  #offset: number;
  readonly #offsets = new FileOffset();
  #header: EventHeader = { timestampMs: 0, serverId: 0, offset: 0 };
  #open: OpenTransaction | null = null;

  constructor(from: SourcePosition, handler: StreamHandler) {
    this.#handler = handler;
    this.#file = from.file;
    this.#offset = from.offset;
    this.#offsets.enter(from.offset);
    this.#mariadb = from.kind === 'mariadb-gtid' ? MariadbGtidPosition.parse(from.gtid) : null;
    this.#mysql = from.kind === 'mysql-gtid' ? GtidSet.parse(from.gtid) : null;
  }

  /** The binlog file that is being read. */
  get file(): string {
    return this.#file;
  }

  /** Header of the framing event that zongji is about to parse. */
  onHeader(header: EventHeader): void {
    this.#header = this.#whole(header);
  }

  onRows(rows: RowCursor, header: EventHeader): void | Promise<void> {
    if (!this.#open) throw new DolistreamError('SOURCE_EVENT_UNSUPPORTED', 'Rows came outside a transaction');
    return this.#handler.onRows(rows, this.#place(this.#whole(header)));
  }

  onFraming(raw: unknown): void | Promise<void> {
    const event = raw as FramingEvent;
    switch (event.getEventName()) {
      case 'rotate':
        this.#file = event.binlogName!;
        this.#offset = event.position!;
        this.#offsets.enter(this.#offset);
        // A transaction is in one file. The rest of this one was never written: the server died, and rolled it back.
        return this.#open === null ? undefined : this.#abandon();
      case 'mariadbgtid': {
        const extra = event.flagsExtra ?? 0;
        const ineffective = (extra & (FL_START_ALTER | FL_ROLLBACK_ALTER)) !== 0;
        return this.#begin({ gtid: event.gtid!, standalone: event.standalone === true, ineffective });
      }
      case 'gtid':
        return this.#begin({ gtid: event.gtid!, standalone: false, ineffective: false });
      case 'anonymousgtid':
        return this.#begin({ gtid: null, standalone: false, ineffective: false });
      case 'xid':
        return this.#commit();
      case 'query':
        return this.#onQuery(event);
      case 'xaprepare':
        throw new DolistreamError(
          'SOURCE_EVENT_UNSUPPORTED',
          'An XA transaction is in the binlog; its rows are written before it is known whether it commits',
          { fix: 'Stop the program that uses XA, then: dolistream backfill --restart' },
        );
      case 'heartbeat':
        this.#handler.onHeartbeat();
        return;
      default:
        return;
    }
  }

  #begin(start: { gtid: string | null; standalone: boolean; ineffective: boolean }): void | Promise<void> {
    const id = start.gtid ?? `${this.#file}:${this.#offset}`;
    this.#open = { ...start, id, serverId: this.#header.serverId, explicit: false };
    return this.#handler.onBegin(this.#open);
  }

  #onQuery(event: FramingEvent): void | Promise<void> {
    const sql = event.query!.trim();
    const word = sql.slice(0, 12).toUpperCase();
    if (word === 'BEGIN') {
      const held = this.#open
        ? undefined
        : this.#begin({ gtid: null, standalone: false, ineffective: false });
      this.#open!.explicit = true;
      return held;
    }
    // A ROLLBACK ends a group only when tables without transactions were changed in it: those rows stay.
    if (word === 'COMMIT' || word === 'ROLLBACK') return this.#commit();
    if (word.startsWith('SAVEPOINT') || word.startsWith('RELEASE SAVE') || sql.startsWith('#')) return;
    if (word.startsWith('ROLLBACK')) {
      throw new DolistreamError(
        'SOURCE_EVENT_UNSUPPORTED',
        `The binlog undoes part of a transaction: ${sql.slice(0, 80)}`,
        {
          fix: 'Use InnoDB for all tables of the database, then: dolistream backfill --restart',
        },
      );
    }
    if (!this.#open) void this.#begin({ gtid: null, standalone: false, ineffective: false });
    const open = this.#open!;
    const single = this.#mariadb ? open.standalone : !open.explicit;
    const handled = open.ineffective
      ? undefined
      : this.#handler.onStatement({ database: event.schema ?? '', sql }, this.#place(this.#header));
    if (!single) return handled;
    return handled ? handled.then(() => this.#commit()) : this.#commit();
  }

  #commit(): void | Promise<void> {
    const gtid = this.#open?.gtid;
    if (gtid && this.#mariadb) this.#mariadb.add(parseMariadbGtid(gtid));
    else if (gtid) this.#mysql?.add(gtid);
    this.#open = null;
    if (this.#header.offset > 0) this.#offset = this.#header.offset;
    return this.#handler.onCommit(this.#position(), this.#place(this.#header));
  }

  #abandon(): void | Promise<void> {
    this.#open = null;
    return this.#handler.onAbandon();
  }

  #position(): SourcePosition {
    const place = { file: this.#file, offset: this.#offset };
    if (this.#mariadb) return { kind: 'mariadb-gtid', gtid: this.#mariadb.toString(), ...place };
    if (this.#mysql) return { kind: 'mysql-gtid', gtid: this.#mysql.toString(), ...place };
    return { kind: 'file', ...place };
  }

  #whole(header: EventHeader): EventHeader {
    return { ...header, offset: this.#offsets.of(header.offset) };
  }

  #place(header: EventHeader): EventPlace {
    return { file: this.#file, offset: header.offset, timestampMs: header.timestampMs };
  }
}

function parseMariadbGtid(gtid: string): { domainId: number; serverId: number; seqNo: number | string } {
  const [domain, server, sequence] = gtid.split('-');
  return { domainId: Number(domain), serverId: Number(server), seqNo: sequence! };
}
