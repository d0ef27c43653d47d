/**
 * Where capture stands in the source: always the end of a transaction, never inside one. GTID kinds also keep file
 * and offset for people and for the purge forecast; resuming uses the GTID, because file names change at a failover.
 */
import { DolistreamError } from './errors.ts';

export interface BinlogPlace {
  readonly file: string;
  /** Byte offset after the transaction; 0 where the server did not tell it. */
  readonly offset: number;
}

export type SourcePosition =
  /** MariaDB: last GTID of each replication domain, `0-1-42,1-3-7`. */
  | ({ readonly kind: 'mariadb-gtid'; readonly gtid: string } & BinlogPlace)
  /** MySQL with gtid_mode=ON: the executed set, `uuid:1-5,…`. */
  | ({ readonly kind: 'mysql-gtid'; readonly gtid: string } & BinlogPlace)
  /** A server without GTIDs. */
  | ({ readonly kind: 'file' } & BinlogPlace);

/** Text form, e.g. `mariadb-gtid:0-1-42@binlog.000003:8817`. Stored with the log and shown by `status`. */
export function formatPosition(position: SourcePosition): string {
  const gtid = position.kind === 'file' ? '' : position.gtid;
  return `${position.kind}:${gtid}@${position.file}:${position.offset}`;
}

export function parsePosition(text: string): SourcePosition {
  const match = /^(mariadb-gtid|mysql-gtid|file):(.*)@([^@]*):(\d+)$/.exec(text);
  if (!match) throw new DolistreamError('LOG_CORRUPT', `"${text}" is not a position`);
  const place = { file: match[3]!, offset: Number(match[4]) };
  if (match[1] === 'file') return { kind: 'file', ...place };
  return { kind: match[1] as 'mariadb-gtid' | 'mysql-gtid', gtid: match[2]!, ...place };
}

const suffixNumber = (file: string): number => Number(/(\d+)$/.exec(file)?.[1] ?? 0);

/**
 * Order of two places of the same server: negative when `a` comes first. Binlog files are numbered, and the number
 * may outgrow its six digits, so names are not compared as text.
 */
export function comparePlaces(a: BinlogPlace, b: BinlogPlace): number {
  return suffixNumber(a.file) - suffixNumber(b.file) || a.offset - b.offset;
}
