/**
 * Runs a query and hands over each row as the bytes the server sent, before mysql2 makes values of them: a copy of a
 * table needs neither an array per row nor a buffer per cell.
 */
import type { Connection as RawConnection } from 'mysql2';
import type { Connection } from 'mysql2/promise';
import { deferred } from '../../../core/deferred.ts';

/**
 * A row packet, valid only during the call: the values of the text protocol are bytes[from, end). False: no more rows
 * are wanted.
 */
export type OnRow = (bytes: Buffer, from: number, end: number) => boolean;

/** The parts of mysql2's packet and query that are used, as of mysql2 3.x. */
interface Packet {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
}
type State = (packet: Packet, connection: unknown) => unknown;
interface QueryCommand {
  row: State;
  once(event: 'error' | 'end', listener: (error: unknown) => void): void;
}

/**
 * Resolves with true when all rows have come, with false when `onRow` wanted no more: the connection is gone then, as
 * nothing else makes a server stop sending. Rejects with the server's error, or with what `onRow` threw.
 */
export async function readRowPackets(connection: Connection, sql: string, onRow: OnRow): Promise<boolean> {
  const raw = (connection as unknown as { connection: RawConnection }).connection;
  const { promise, resolve, reject } = deferred<boolean>();
  const command = raw.query(sql) as unknown as QueryCommand;
  const ofMysql2 = command.row;
  const takeRow: State = (packet, owner) => {
    if (packet.isEOF()) return ofMysql2.call(command, packet, owner);
    try {
      if (onRow(packet.buffer, packet.offset, packet.end)) return takeRow;
      resolve(false);
    } catch (error) {
      reject(error);
    }
    raw.destroy();
    return dropRow;
  };
  // The packets that had arrived already.
  const dropRow: State = () => dropRow;
  command.row = takeRow;
  command.once('error', reject);
  command.once('end', () => resolve(true));
  return await promise;
}
