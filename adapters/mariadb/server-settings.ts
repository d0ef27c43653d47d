/** What a server says of itself and of who asks it. */
import type { Connection } from 'mysql2/promise';
import { queryRows } from './connection.ts';

/** By name, in lower case. */
export type Variables = ReadonlyMap<string, string>;

export async function readVariables(connection: Connection): Promise<Variables> {
  const rows = await queryRows<{ Variable_name: string; Value: string }>(connection, 'SHOW GLOBAL VARIABLES');
  return new Map(rows.map((row) => [row.Variable_name.toLowerCase(), row.Value]));
}

/** How long the server keeps its binlog, s; 0: for ever. */
export const retentionSeconds = (variables: Variables): number =>
  Number(variables.get('binlog_expire_logs_seconds') ?? 0) ||
  Number(variables.get('expire_logs_days') ?? 0) * 86_400;

/** Statements that would give the user its rights. One may hold the hash of the password. */
export async function readGrants(connection: Connection): Promise<string[]> {
  const rows = await queryRows<Record<string, string>>(connection, 'SHOW GRANTS FOR CURRENT_USER()');
  return rows.map((row) => Object.values(row)[0]!);
}

/** How far the server's clock is ahead of `nowMs`, s. */
export async function readClockSkew(connection: Connection, nowMs: number): Promise<number> {
  const [row] = await queryRows<{ now: string }>(connection, 'SELECT UNIX_TIMESTAMP(NOW(6)) AS now');
  return Number(row!.now) - nowMs / 1000;
}
