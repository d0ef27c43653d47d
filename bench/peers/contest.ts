/** The runs that are compared: ours and Debezium's, from one source to one broker, never at the same time. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Admin } from 'kafkajs';
import mysql from 'mysql2/promise';
import type { PrivateMariadb } from '../../adapters/mariadb/private-server/start-private-mariadb.ts';
import { DolistreamError } from '../../core/errors.ts';
import { tableTopic } from '../../core/topics.ts';
import { measureAppends } from './append-times.ts';
import type { CaptureResult } from './capture-to-kafka.ts';
import { Debezium } from './debezium.ts';
import { runCapture } from './run-capture.ts';

export interface ContestOptions {
  readonly server: PrivateMariadb;
  /** `host:port`. */
  readonly broker: string;
  readonly admin: Admin;
  /** Where the broker keeps its partitions. */
  readonly logs: string;
  /** For the contestants' files. */
  readonly folder: string;
  /** Of Debezium. */
  readonly classPath: string;
  /** Whether Debezium gets more than the settings that its manual names. */
  readonly isTuned: boolean;
  /** How many rows the source's table has, and the binlog after the marks. */
  readonly rows: number;
}

export interface Run {
  readonly recordsPerSecond: number;
  readonly peakMemoryBytes: number;
}

export const DATABASE = 'dolibarr';
const TABLE = 'llx_ticket';
const STREAMING_PEER = 'peer-drain';
const COPYING_PEER = 'peer-copy';
const PROBE_EVERY_MS = 2_000;
/** More than the table takes. */
const BUFFER_POOL_BYTES = 1 << 30;
const run = promisify(execFile);

export class Contest {
  readonly #options: ContestOptions;

  constructor(options: ContestOptions) {
    this.#options = options;
  }

  /** Waits until all that was written is on the disk, and has the table in memory: the disk is not compared. */
  async settleSource(): Promise<void> {
    const connection = await mysql.createConnection(this.#options.server.url(DATABASE));
    try {
      await connection.query(`SET GLOBAL innodb_buffer_pool_size = ${BUFFER_POOL_BYTES}`);
      await connection.query(`FLUSH NO_WRITE_TO_BINLOG TABLES ${TABLE} FOR EXPORT`);
      await connection.query('UNLOCK TABLES');
      await connection.query(`SELECT SUM(LENGTH(message)) FROM ${TABLE}`);
    } finally {
      await connection.end();
    }
    await run('sync');
  }

  /** Ours notes where the stream stands; what is written from now on is for `drainOurs` of the same name. */
  async markOurs(name: string): Promise<void> {
    await this.#capture(name, 0);
  }

  async drainOurs(name: string): Promise<Run> {
    const { rows } = this.#options;
    return this.#judge(name, 0, await this.#capture(name, rows));
  }

  async copyOurs(name: string): Promise<Run> {
    return this.#judge(name, 0, await this.#capture(name, 0));
  }

  /**
   * Debezium notes where the stream stands. It has certainly done so once a change came through: one is made, and taken
   * back, every so often until then.
   */
  async markPeer(): Promise<void> {
    await using peer = await this.#startPeer(STREAMING_PEER, 'no_data');
    const connection = await mysql.createConnection(this.#options.server.url(DATABASE));
    try {
      let probedAt = -Infinity;
      await peer.until(async () => {
        if ((await this.#endOffset(STREAMING_PEER)) > 0) return true;
        if (performance.now() - probedAt < PROBE_EVERY_MS) return false;
        probedAt = performance.now();
        await connection.query(
          `INSERT INTO ${TABLE} (entity, ref, track_id, message) VALUES (1, 'PROBE', 'PROBE', '')`,
        );
        await connection.query(`DELETE FROM ${TABLE} WHERE ref = 'PROBE'`);
        return false;
      });
    } finally {
      await connection.end();
    }
    await peer.stop();
  }

  async drainPeer(): Promise<Run> {
    return this.#runPeer(STREAMING_PEER, 'no_data');
  }

  async copyPeer(): Promise<Run> {
    return this.#runPeer(COPYING_PEER, 'initial');
  }

  async #runPeer(prefix: string, snapshot: 'no_data' | 'initial'): Promise<Run> {
    const from = await this.#endOffset(prefix);
    await using peer = await this.#startPeer(prefix, snapshot);
    await peer.until(async () => (await this.#endOffset(prefix)) - from >= this.#options.rows);
    const { peakBytes } = peer;
    await peer.stop();
    return this.#judge(prefix, from, { peakMemoryBytes: peakBytes });
  }

  #startPeer(prefix: string, snapshot: 'no_data' | 'initial'): Promise<Debezium> {
    const table = `${DATABASE}.${TABLE}`;
    return Debezium.start({ ...this.#options, prefix, snapshot, table });
  }

  #capture(name: string, streamRows: number): Promise<CaptureResult> {
    const { server, broker, folder } = this.#options;
    return runCapture({
      ...{ source: server.url(DATABASE), broker, prefix: name, table: TABLE, streamRows },
      registry: join(folder, 'registry', name),
    });
  }

  async #judge(prefix: string, from: number, { peakMemoryBytes }: CaptureResult): Promise<Run> {
    const partition = join(this.#options.logs, `${tableTopic(prefix, DATABASE, TABLE)}-0`);
    const { rows } = this.#options;
    const { records, recordsPerSecond } = await measureAppends(partition, from);
    if (records < rows) {
      throw new DolistreamError('INTERNAL', `${prefix} wrote ${records} records for ${rows} rows`);
    }
    return { recordsPerSecond, peakMemoryBytes };
  }

  /** 0 before the first record. */
  async #endOffset(prefix: string): Promise<number> {
    const topic = tableTopic(prefix, DATABASE, TABLE);
    const { admin } = this.#options;
    if (!(await admin.listTopics()).includes(topic)) return 0;
    const [partition] = await admin.fetchTopicOffsets(topic);
    return Number(partition?.high ?? 0);
  }
}
