/**
 * The producer side of Kafka's transactions: one identity per transactional id, the newest of which is the only one
 * that may write. A broken transaction is not mended but left: the next `start` makes the broker abort it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterLink } from './cluster-link.ts';
import { checkCode, ErrorCode } from './failures.ts';
import type { ProducerStamp } from './protocol/record-batch-writer.ts';
import type { Partition } from './protocol/requests.ts';
import {
  addPartitionsRequest,
  endTransactionRequest,
  initProducerIdRequest,
  type PartitionBatch,
  type Producer,
  produceRequest,
} from './protocol/transaction-requests.ts';

const PRODUCE_TIMEOUT_MS = 30_000;
/** The broker takes a few ms to finish a transaction after it has answered, half a minute on a busy disk; it says so until then. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;
const LONGEST_WAIT_MS = 120_000;
const SEQUENCES = 2 ** 31;

export const partitionName = ({ topic, partition }: Partition): string => `${topic}/${partition}`;

export class TransactionalProducer {
  readonly #link: ClusterLink;
  readonly #transactionalId: string;
  readonly #transactionTimeoutMs: number;
  #producer: Producer | null = null;
  readonly #sequences = new Map<string, number>();
  /** Of the transaction's partitions. Looked up before, so that requests go out in the order in which they are made. */
  readonly #leaders = new Map<string, number>();

  constructor(link: ClusterLink, options: { transactionalId: string; transactionTimeoutMs: number }) {
    this.#link = link;
    this.#transactionalId = options.transactionalId;
    this.#transactionTimeoutMs = options.transactionTimeoutMs;
  }

  /** Takes the next epoch: whatever this id has begun before, here or elsewhere, is committed or aborted after that. */
  async start(): Promise<void> {
    const request = initProducerIdRequest(this.#transactionalId, this.#transactionTimeoutMs);
    const { producerId, epoch } = await this.#untilIdle(async () => {
      const answer = await this.#link.toCoordinator(this.#transactionalId, request);
      return { ...answer, code: answer.errorCode };
    });
    this.#producer = { transactionalId: this.#transactionalId, producerId, epoch };
    this.#sequences.clear();
  }

  /** Opens a transaction over these partitions. */
  async begin(partitions: readonly Partition[]): Promise<void> {
    this.#leaders.clear();
    for (const place of partitions) {
      this.#leaders.set(partitionName(place), await this.#link.leaderOf(place.topic, place.partition));
    }
    const request = addPartitionsRequest(this.#current(), partitions);
    await this.#untilIdle(async () => {
      const results = await this.#link.toCoordinator(this.#transactionalId, request);
      const failed =
        results.find(({ errorCode }) => isReason(errorCode)) ?? results.find((r) => r.errorCode !== 0);
      return { code: failed?.errorCode ?? 0, place: failed?.topic };
    });
  }

  /** The stamp for a record batch of `count` records; batches must be sent in the order of their stamps. */
  stamp(place: Partition, count: number): ProducerStamp {
    const { producerId, epoch } = this.#current();
    const name = partitionName(place);
    const sequence = this.#sequences.get(name) ?? 0;
    this.#sequences.set(name, (sequence + count) % SEQUENCES);
    return { producerId, epoch, sequence };
  }

  /** Sends one record batch for each of several partitions of the transaction. Answers the first offset of each, by `partitionName`. */
  async produce(batches: readonly PartitionBatch[]): Promise<ReadonlyMap<string, number>> {
    const byLeader = new Map<number, PartitionBatch[]>();
    for (const batch of batches) {
      const leader = this.#leaders.get(partitionName(batch))!;
      const group = byLeader.get(leader);
      if (group) group.push(batch);
      else byLeader.set(leader, [batch]);
    }
    const answers = await Promise.all(
      [...byLeader].map(([leader, group]) =>
        this.#link.toBroker(
          leader,
          produceRequest(this.#transactionalId, group, PRODUCE_TIMEOUT_MS),
          'write',
        ),
      ),
    );
    const offsets = new Map<string, number>();
    for (const result of answers.flat()) {
      checkCode(result.errorCode, `topic ${result.topic}`);
      offsets.set(partitionName(result), result.baseOffset);
    }
    return offsets;
  }

  /** May be repeated until it is answered: to end a transaction twice in the same way is no error. */
  async end(commit: boolean): Promise<void> {
    const request = endTransactionRequest(this.#current(), commit);
    await this.#untilIdle(async () => {
      const { errorCode } = await this.#link.toCoordinator(this.#transactionalId, request);
      return { code: errorCode };
    });
  }

  #current(): Producer {
    if (this.#producer === null) checkCode(ErrorCode.invalidTransactionState);
    return this.#producer!;
  }

  async #untilIdle<Answer extends { readonly code: number; readonly place?: string | undefined }>(
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const deadline = performance.now() + LONGEST_WAIT_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const answer = await ask();
      if (answer.code !== ErrorCode.concurrentTransactions || performance.now() > deadline) {
        checkCode(answer.code, answer.place === undefined ? undefined : `topic ${answer.place}`);
        return answer;
      }
      await pause(pauseMs);
    }
  }
}

/** When one partition is refused, the others are answered with "operation not attempted". */
const isReason = (code: number): boolean => code !== ErrorCode.none && code !== ErrorCode.notAttempted;
