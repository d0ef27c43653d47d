/** Connections to the source. Values of every type come back as text or bytes: nothing is rounded on the way. */
import { createConnection, type Connection } from 'mysql2/promise';
import { asDolistreamError } from '../../core/errors.ts';
import { mapConnectError } from './connection-errors.ts';

export interface SourceAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** TLS options of node:tls, or undefined for a plain connection. */
  readonly ssl?:
    | {
        readonly ca?: string;
        readonly cert?: string;
        readonly key?: string;
        readonly rejectUnauthorized?: boolean;
      }
    | undefined;
}

/** @throws SOURCE_UNREACHABLE, SOURCE_AUTH */
export async function connectSource(address: SourceAddress): Promise<Connection> {
  const { ssl, ...rest } = address;
  try {
    return await createConnection({
      ...rest,
      ...(ssl ? { ssl } : {}),
      charset: 'utf8mb4',
      dateStrings: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      decimalNumbers: false,
      connectTimeout: 10_000,
    });
  } catch (error) {
    throw mapConnectError(error, address);
  }
}

/** Runs one query and gives its rows as objects. */
export async function queryRows<Row>(
  connection: Connection,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    const [rows] = await connection.query(sql, [...params]);
    return rows as Row[];
  } catch (error) {
    throw asDolistreamError(error, 'SOURCE_DISCONNECTED', { retryable: true });
  }
}
