/**
 * Follows the binlog over zongji's connection and framing. Table maps and rows are taken from the packets before zongji
 * decodes them (our decoder writes Avro without an object per row, and is exact where zongji is not); everything else,
 * transaction framing above all, is zongji's.
 *
 * A stream is used once: table numbers, checksum mode and schema belong to one connection, so each reconnect makes a
 * new one. Whatever is not understood ends the stream: a skipped event is a lost row.
 */
import ZongJi from '@vlasky/zongji';
import type { Connection } from 'mysql2';
import { deferred } from '../../../core/deferred.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { EventPlace, StreamHandler } from '../../../core/ports/change-source.ts';
import type { SourcePosition } from '../../../core/position.ts';
import { mapStreamError } from '../connection-errors.ts';
import { RowDecoder, type DecoderContext } from './row-decoder.ts';
import { readRowsEvent, ROWS_EVENTS } from './rows-event.ts';
import { readTableId, readTableMap, type TableMap } from './table-map.ts';
import { TransactionTracker } from './transaction-tracker.ts';

export interface BinlogStreamOptions {
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  readonly serverId: number;
  readonly mariadb: boolean;
  readonly from: SourcePosition;
  readonly handler: StreamHandler;
  /** Decoder context of a captured table; null for a table that is not captured. */
  readonly contextOf: (map: TableMap) => DecoderContext | null;
  /** Without an event or heartbeat for this long, in ms, the connection counts as dead. */
  readonly staleAfterMs: number;
}

/** The parts of mysql2's packet and connection that are used, as of mysql2 3.x. */
interface Packet {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  readonly numPackets: number;
}
type BinlogConnection = Connection & {
  _paused: boolean;
  handlePacket(packet: Packet | undefined): void;
  _bumpSequenceId(packets: number): void;
};

const TABLE_MAP = 19;
const INCIDENT = 26;
const EOF_MARKER = 0xfe;
const HEADER_BYTES = 20; // a status byte, then the 19-byte event header
const CHECKSUM_BYTES = 4;
const IGNORABLE_FLAG = 0x80;
const HEARTBEAT_NS = 2_000_000_000;
/** Query, rotate, format, xid, heartbeats, GTIDs and their lists, XA prepare, compressed query: parsed by zongji. */
const FRAMING = new Set([2, 4, 15, 16, 27, 33, 34, 35, 38, 41, 42, 162, 163, 165]);
/** Stop, intvar, rand, user variable, ignorable, rows query, group replication context, annotate, checkpoint, encryption: no row data. */
const HARMLESS = new Set([3, 5, 13, 14, 28, 29, 36, 37, 160, 161, 164]);

interface CachedTable {
  readonly body: Buffer;
  readonly decoder: RowDecoder | null;
}

export class BinlogStream {
  readonly #options: BinlogStreamOptions;
  readonly #zongji: ZongJi;
  readonly #tracker: TransactionTracker;
  readonly #tables = new Map<number, CachedTable>();
  #lastPacketAt = Date.now();
  #holds = 0;
  #fail: (error: unknown) => void = () => undefined;
  #ended = false;

  constructor(options: BinlogStreamOptions) {
    this.#options = options;
    this.#zongji = new ZongJi({ ...options.connection, dateStrings: true, supportBigNumbers: true });
    this.#tracker = new TransactionTracker(options.from, options.handler);
  }

  /** Resolves when `signal` aborts, rejects when the stream breaks. */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = deferred<undefined>();
    this.#fail = (error) => stopped.reject(mapStreamError(error));
    const onAbort = (): void => stopped.resolve(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    const watchdog = setInterval(() => this.#checkAlive(), Math.max(250, this.#options.staleAfterMs / 4));
    try {
      if (signal.aborted) return;
      this.#start();
      await stopped.promise;
    } finally {
      this.#ended = true;
      clearInterval(watchdog);
      signal.removeEventListener('abort', onAbort);
      await this.#stop();
    }
  }

  #start(): void {
    const { from, serverId } = this.#options;
    this.#zongji.on('error', (error: unknown) => this.#fail(error));
    this.#zongji.on('ready', () => this.#intercept());
    this.#zongji.on('binlog', (event: unknown) => this.#guard(() => this.#tracker.onFraming(event)));
    const start =
      from.kind === 'file' ? { filename: from.file, position: from.offset } : { gtidSet: from.gtid };
    this.#zongji.start({ serverId, ...start });
  }

  /** zongji announces `ready` before it asks for the dump, so what is queued here comes first. */
  #intercept(): void {
    const connection = (this.#zongji as unknown as { connection: BinlogConnection }).connection;
    connection.query(`SET @master_heartbeat_period=${HEARTBEAT_NS}`);
    const passOn = connection.handlePacket.bind(connection);
    const isEvent = (packet: Packet | undefined): packet is Packet =>
      packet !== undefined &&
      this.#dumping &&
      packet.buffer[packet.offset] === 0 &&
      packet.end - packet.offset >= HEADER_BYTES;
    connection.handlePacket = (packet) => {
      this.#lastPacketAt = Date.now();
      if (connection._paused || this.#ended) return passOn(packet);
      if (this.#dumping && packet?.buffer[packet.offset] === EOF_MARKER) return this.#fail(endOfStream());
      if (!isEvent(packet)) return passOn(packet);
      const type = packet.buffer[packet.offset + 5]!;
      if (FRAMING.has(type)) {
        this.#tracker.onHeader(readHeader(packet));
        return passOn(packet);
      }
      connection._bumpSequenceId(packet.numPackets);
      this.#guard(() => this.#onPacket(packet, type));
    };
    this.#waitForDump(connection);
  }

  #dumping = false;

  /** The answer to the SET above is an OK packet, which also starts with 0; events come only after it. */
  #waitForDump(connection: BinlogConnection): void {
    connection.query('SELECT 1', () => {
      this.#dumping = true;
    });
  }

  #onPacket(packet: Packet, type: number): void | Promise<void> {
    const range = {
      at: packet.offset + HEADER_BYTES,
      end: packet.end - (this.#zongji.useChecksum ? CHECKSUM_BYTES : 0),
    };
    const kind = ROWS_EVENTS.get(type);
    if (kind) {
      const event = readRowsEvent(packet.buffer, range, kind);
      const cached = this.#tables.get(event.tableId);
      if (!cached) throw unsupported(`rows of table number ${event.tableId} came without a table map`);
      if (!cached.decoder) return;
      if (cached.decoder.columnCount !== event.columnCount)
        throw unsupported('a row has other columns than its table map');
      return this.#tracker.onRows(cached.decoder.rows(event), readHeader(packet));
    }
    if (type === TABLE_MAP) return this.#onTableMap(packet.buffer, range);
    const flags = packet.buffer.readUInt16LE(packet.offset + 18);
    if (HARMLESS.has(type) || (flags & IGNORABLE_FLAG) !== 0) return;
    if (type === INCIDENT) {
      if (this.#isPassed(readHeader(packet).offset)) return;
      throw incident();
    }
    throw unsupported(`event type ${type} is not known`);
  }

  /** An event without a GTID is sent also when it is before our place, since a server begins with the whole file. */
  #isPassed(offset: number): boolean {
    const { file, offset: from } = this.#options.from;
    return this.#tracker.file === file && offset <= from;
  }

  #onTableMap(bytes: Buffer, range: { at: number; end: number }): void {
    const tableId = readTableId(bytes, range.at);
    const body = bytes.subarray(range.at, range.end);
    if (this.#tables.get(tableId)?.body.equals(body)) return;
    const map = readTableMap(bytes, range, this.#options.mariadb);
    const context = this.#options.contextOf(map);
    this.#tables.set(tableId, { body: Buffer.from(body), decoder: context && new RowDecoder(map, context) });
  }

  /** Runs one step of the stream; a promise holds the connection until it settles, an error ends the stream. */
  #guard(step: () => void | Promise<void>): void {
    if (this.#ended) return;
    try {
      const pending = step();
      if (pending) this.#hold(pending);
    } catch (error) {
      this.#ended = true;
      this.#fail(error);
    }
  }

  #hold(pending: Promise<void>): void {
    const connection = (this.#zongji as unknown as { connection: BinlogConnection | null }).connection;
    this.#holds++;
    connection?.pause();
    pending.then(
      () => {
        this.#holds--;
        this.#lastPacketAt = Date.now();
        if (this.#holds === 0 && !this.#ended) connection?.resume();
      },
      (error: unknown) => {
        this.#ended = true;
        this.#fail(error);
      },
    );
  }

  #checkAlive(): void {
    const silentMs = Date.now() - this.#lastPacketAt;
    if (this.#holds > 0 || silentMs < this.#options.staleAfterMs) return;
    this.#fail(
      new DolistreamError(
        'SOURCE_STALE',
        `The source sent neither an event nor a heartbeat for ${silentMs} ms`,
        {
          fix: 'Capture reconnects by itself; if it repeats, look at the network and the load of the server',
          retryable: true,
        },
      ),
    );
  }

  async #stop(): Promise<void> {
    const done = new Promise<void>((resolve) => this.#zongji.once('stopped', resolve));
    this.#zongji.stop();
    await done;
  }
}

function readHeader(
  packet: Packet,
): Omit<EventPlace, 'file'> & { readonly serverId: number; readonly length: number } {
  const { buffer, offset } = packet;
  return {
    timestampMs: buffer.readUInt32LE(offset + 1) * 1000,
    serverId: buffer.readUInt32LE(offset + 6),
    length: buffer.readUInt32LE(offset + 10),
    offset: buffer.readUInt32LE(offset + 14),
  };
}

/** The server ended the dump politely, as at its shutdown. zongji keeps that to itself. */
function endOfStream(): DolistreamError {
  return new DolistreamError('SOURCE_DISCONNECTED', 'The source ended the binlog stream', {
    retryable: true,
  });
}

function incident(): DolistreamError {
  return new DolistreamError(
    'SOURCE_EVENT_UNSUPPORTED',
    'The server says that changes are missing from its binlog (INCIDENT event)',
    {
      fix: 'Look into the error log of the server for the reason, then copy everything anew: dolistream backfill --restart',
    },
  );
}

function unsupported(what: string): DolistreamError {
  return new DolistreamError(
    'SOURCE_EVENT_UNSUPPORTED',
    `The binlog cannot be followed without losing data: ${what}`,
    {
      fix: 'Report this with the server version; `dolistream backfill --restart` copies everything anew from now on',
    },
  );
}
