/**
 * Whether a server's binlog goes on where ours was read to. A server refuses a position that it does not have, but not
 * one that it has again: after RESET MASTER, or when a backup was restored, it gives the same GTIDs to other
 * transactions, and a reader that goes on from one of them loses everything in between without a word.
 *
 * Only for MariaDB: MySQL's GTIDs carry an id of the server's data, so there the server's own check is enough.
 */
import type { Connection } from 'mysql2/promise';
import { DolistreamError } from '../../core/errors.ts';
import { type BinlogPlace, comparePlaces, type SourcePosition } from '../../core/position.ts';
import { queryRows } from './connection.ts';

/** A binlog file that the server still has. */
export interface BinlogFile {
  readonly file: string;
  readonly bytes: number;
}

/** Oldest first. Needs REPLICATION CLIENT or BINLOG MONITOR, as preflight asks for. */
export async function readBinlogFiles(connection: Connection): Promise<BinlogFile[]> {
  const rows = await queryRows<{ Log_name: string; File_size: string }>(connection, 'SHOW BINARY LOGS');
  return rows.map((row) => ({ file: row.Log_name, bytes: Number(row.File_size) }));
}

export async function readServerId(connection: Connection): Promise<number> {
  const [row] = await queryRows<{ id: string }>(connection, 'SELECT @@server_id AS id');
  return Number(row!.id);
}

/**
 * @param readFrom id of the server that the position was read from; null: not known
 * @returns id of the server
 * @throws SOURCE_HISTORY_CHANGED
 */
export async function checkContinuity(
  connection: Connection,
  position: SourcePosition,
  readFrom: number | null,
): Promise<number> {
  const serverId = await readServerId(connection);
  if (position.kind !== 'mariadb-gtid') return serverId;
  const missing = await findMissing(connection, position.gtid);
  if (missing !== null)
    throw readFrom === null || readFrom === serverId ? wentBack(missing) : isBehind(missing, serverId);
  // Another server numbers its files in its own way: there only the GTIDs tell.
  if (readFrom === serverId) await checkPlace(connection, position);
  return serverId;
}

/** The first GTID of the position that the server never wrote to its binlog; null when it wrote them all. */
async function findMissing(connection: Connection, gtid: string): Promise<string | null> {
  const [row] = await queryRows<{ state: string }>(connection, 'SELECT @@GLOBAL.gtid_binlog_state AS state');
  const written = new Map(parseGtids(row!.state).map(({ writer, sequence }) => [writer, sequence]));
  const missing = parseGtids(gtid).find(({ writer, sequence }) => (written.get(writer) ?? -1n) < sequence);
  return missing ? `${missing.writer}-${missing.sequence}` : null;
}

/** `0-1-42,1-1-7`: the last sequence number of each domain and server, which together are the writer. */
function parseGtids(text: string): { readonly writer: string; readonly sequence: bigint }[] {
  return [...text.matchAll(/(\d+-\d+)-(\d+)/g)].map(([, writer, sequence]) => ({
    writer: writer!,
    sequence: BigInt(sequence!),
  }));
}

async function checkPlace(
  connection: Connection,
  position: BinlogPlace & { readonly gtid: string },
): Promise<void> {
  const files = await readBinlogFiles(connection);
  const newest = files.at(-1);
  const own = files.find(({ file }) => file === position.file);
  if (own === undefined) {
    // An older file was purged: whether something unread was in it the server says when it is asked to go on.
    const isOlder = newest !== undefined && comparePlaces({ file: newest.file, offset: 0 }, position) >= 0;
    if (position.file === '' || isOlder) return;
    throw begunAnew(`its newest file is ${newest?.file ?? 'none'}, and ${position.file} was read`);
  }
  const where = `${position.file}:${position.offset}`;
  if (own.bytes < position.offset) throw begunAnew(`${where} was read, and that file has ${own.bytes} bytes`);
  const found = await readGtidAt(connection, position);
  // Behind an event larger than max_allowed_packet the server cannot tell, of the file's end no more than of our place.
  if (found === null && (await readGtidAt(connection, { file: own.file, offset: own.bytes })) === null)
    return;
  if (found === null || !sameGtids(found, position.gtid)) {
    throw begunAnew(
      `${where} was ${position.gtid}, and is ${found || 'no place between two transactions'} now`,
    );
  }
}

async function readGtidAt(connection: Connection, { file, offset }: BinlogPlace): Promise<string | null> {
  const [row] = await queryRows<{ gtid: string | null }>(connection, 'SELECT BINLOG_GTID_POS(?, ?) AS gtid', [
    file,
    offset,
  ]);
  return row?.gtid ?? null;
}

const sameGtids = (a: string, b: string): boolean => {
  const sorted = (text: string): string =>
    parseGtids(text)
      .map(({ writer, sequence }) => `${writer}-${sequence}`)
      .sort()
      .join();
  return sorted(a) === sorted(b);
};

const COPY_ANEW =
  'Copy everything anew from now on with: dolistream backfill --restart (raw events and the lake keep their history)';

const begunAnew = (how: string): DolistreamError =>
  new DolistreamError(
    'SOURCE_HISTORY_CHANGED',
    `The binlog of the source was begun anew (RESET MASTER, or a restored backup): ${how}`,
    { fix: COPY_ANEW },
  );

const wentBack = (gtid: string): DolistreamError =>
  new DolistreamError(
    'SOURCE_HISTORY_CHANGED',
    `The source does not know transaction ${gtid}, which was read from it: RESET MASTER, a restored backup, or a crash that lost its last transactions`,
    { fix: COPY_ANEW },
  );

const isBehind = (gtid: string, serverId: number): DolistreamError =>
  new DolistreamError(
    'SOURCE_HISTORY_CHANGED',
    `The server that answers now (server id ${serverId}) has not got transaction ${gtid}, which was read from the one before`,
    {
      fix: `If it is a replica that still catches up, start again when it has; it must run with log_slave_updates. If the transaction is lost: ${COPY_ANEW}`,
    },
  );
