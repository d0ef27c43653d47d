/**
 * Our capture beside Debezium's MariaDB connector: the same rows from one MariaDB to one Kafka broker, one after the
 * other, draining the binlog and copying the table. Compared are records a second between the broker's first and last
 * append, so that nobody's start counts, and the peak memory of each process. A first run, which is not counted, spares
 * all of them a broker that has just been started.
 */
import type { PrivateMariadb } from '../adapters/mariadb/private-server/start-private-mariadb.ts';
import { DATABASE, type Run } from './peers/contest.ts';
import { holdContest } from './peers/hold-contest.ts';
import { createEmptyDolibarr, fillTickets } from './wide-tickets.ts';

export interface PeerFigures {
  /** Records a second. */
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly ours_rss_mb: number;
  readonly peer_rss_mb: number;
}

export interface PeersReport {
  readonly drain: PeerFigures;
  readonly snapshot: PeerFigures;
}

type Say = (line: string) => void;

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

export async function measurePeers(
  server: PrivateMariadb,
  options: {
    readonly rows: number;
    /** Whether Debezium gets more than the settings that its manual names. */
    readonly isTuned: boolean;
    readonly folder: string;
    readonly say: Say;
  },
): Promise<PeersReport> {
  const { rows, say } = options;
  return holdContest({ server, ...options }, async (contest) => {
    const source = server.url(DATABASE);
    await createEmptyDolibarr(source);
    say('noting where the stream stands');
    await contest.markPeer();
    for (const name of ['warm-up', 'drain-1', 'drain-2']) await contest.markOurs(name);
    say(`writing ${rows} wide tickets to the source`);
    await fillTickets(source, rows, (done) => say(`  ${done} rows`));
    await contest.settleSource();
    say('warming the broker up');
    await contest.drainOurs('warm-up');
    const drain = await compare('drain', say, {
      ours: (turn) => contest.drainOurs(`drain-${turn}`),
      peer: () => contest.drainPeer(),
    });
    const snapshot = await compare('snapshot', say, {
      ours: (turn) => contest.copyOurs(`copy-${turn}`),
      peer: () => contest.copyPeer(),
    });
    return { drain, snapshot };
  });
}

/** The machine's speed drifts: ours is measured before and after the peer, and the mean counts. */
async function compare(
  what: string,
  say: Say,
  runs: { readonly ours: (turn: number) => Promise<Run>; readonly peer: () => Promise<Run> },
): Promise<PeerFigures> {
  const tell = (who: string, run: Run): Run => {
    say(`${what}, ${who}: ${run.recordsPerSecond} records/s, ${megabytes(run.peakMemoryBytes)} MB`);
    return run;
  };
  const first = tell('ours', await runs.ours(1));
  const peer = tell('Debezium', await runs.peer());
  const second = tell('ours', await runs.ours(2));
  const ours = Math.round((first.recordsPerSecond + second.recordsPerSecond) / 2);
  return {
    ours,
    peer: peer.recordsPerSecond,
    ratio: Math.round((ours / peer.recordsPerSecond) * 100) / 100,
    ours_rss_mb: megabytes(Math.max(first.peakMemoryBytes, second.peakMemoryBytes)),
    peer_rss_mb: megabytes(peer.peakMemoryBytes),
  };
}
