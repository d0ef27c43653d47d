/** How long a server keeps the part of its binlog that was not read yet. */
import type { Connection } from 'mysql2/promise';
import type { BinlogOutlook } from '../../core/ports/change-source.ts';
import type { BinlogPlace } from '../../core/position.ts';
import { queryRows } from './connection.ts';
import { type BinlogFile, readBinlogFiles } from './continuity.ts';

const DAY_SECONDS = 86_400;

export async function readOutlook(connection: Connection, place: BinlogPlace): Promise<BinlogOutlook> {
  const files = await readBinlogFiles(connection);
  const rows = await queryRows<{ Variable_name: string; Value: string }>(
    connection,
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('binlog_expire_logs_seconds', 'expire_logs_days', 'max_binlog_total_size')",
  );
  const setting = (name: string): number =>
    Number(rows.find((row) => row.Variable_name.toLowerCase() === name)?.Value ?? 0);
  const keepSeconds = setting('binlog_expire_logs_seconds') || setting('expire_logs_days') * DAY_SECONDS;
  return {
    unreadBytes: unreadBytes(files, place),
    keepSeconds: keepSeconds === 0 ? null : keepSeconds,
    keepBytes: setting('max_binlog_total_size') || null,
  };
}

function unreadBytes(files: readonly BinlogFile[], { file, offset }: BinlogPlace): number | null {
  const at = files.findIndex((candidate) => candidate.file === file);
  if (at === -1) return null;
  const behind = files.slice(at).reduce((sum, { bytes }) => sum + bytes, 0);
  return Math.max(0, behind - offset);
}
