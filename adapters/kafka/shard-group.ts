/**
 * The loaders of one log as a Kafka consumer group, which hands out shards instead of partitions. Shards change hands in
 * two steps, as in cooperative rebalancing: whoever is to lose one works on undisturbed until it has finished with it,
 * asks again, and only then is it given away. Nobody stops for a change that does not concern its shards.
 *
 * A member that is silent for the session timeout loses its shards without being asked; its successor shuts it out of
 * the log by the shard's transactional id.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DolistreamError } from '../../core/errors.ts';
import { linkSignals } from '../../core/link-signals.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { assignShards } from './assign-shards.ts';
import type { ClusterLink } from './cluster-link.ts';
import { checkCode } from './failures.ts';
import {
  findGroupCoordinatorRequest,
  GroupCode,
  heartbeatRequest,
  type JoinAnswer,
  joinGroupRequest,
  leaveGroupRequest,
  type Membership,
  syncGroupRequest,
} from './protocol/group-requests.ts';
import type { Request } from './protocol/requests.ts';
import { untilAborted } from './until-aborted.ts';

/** Who works on the shards. Neither call may throw. */
export interface ShardWorker {
  /** Begin. */
  take(shard: number): void;
  /** Finish what is in hand; resolves when nothing of the shard runs here any more. */
  release(shard: number): Promise<void>;
}

export interface ShardGroupOptions {
  /** Name of the group. */
  readonly group: string;
  /** The member's own name, the same after a restart: it then goes on at once with the shards it had. */
  readonly instanceId: string;
  readonly shards: number;
  /** What all members must have in common besides the number of shards, e.g. the warehouse that they fill. */
  readonly kind: string;
  /** A topic of the log: the cluster is looked at through it. */
  readonly topic: string;
  /** After so long without a sign of life a member's shards go to others, ms (default 10 s). */
  readonly sessionTimeoutMs?: number;
  readonly logger: Logger;
}

const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_EVERY_MS = 1000;
/** All members answer a call to gather within a heartbeat; one that does not is as good as gone. */
const REBALANCE_TIMEOUT_MS = 10_000;
const PROTOCOL_TYPE = 'dolistream-loaders';

type Standing = 'member' | 'called' | 'expelled';

export class ShardGroup {
  readonly #link: ClusterLink;
  readonly #options: ShardGroupOptions;
  readonly #worker: ShardWorker;
  readonly #held = new Set<number>();
  readonly #releasing = new Map<number, Promise<void>>();
  #memberId = '';
  #generation = -1;
  #coordinator: number | null = null;
  #refusedSince: number | null = null;
  /** Aborts when a shard was released: the others wait for it. */
  #nudge = new AbortController();

  /** The link is the group's own: a call to join holds up what comes behind it. */
  constructor(link: ClusterLink, worker: ShardWorker, options: ShardGroupOptions) {
    this.#link = link;
    this.#worker = worker;
    this.#options = options;
  }

  /** Takes part until the signal comes; then releases all and leaves. Rejects with LOG_FENCED, CONFIG_INVALID, LOG_… */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        if (!(await this.#gather(signal))) continue;
        let standing: Standing = 'member';
        while (standing === 'member' && !signal.aborted) standing = await this.#stay(signal);
        if (standing === 'expelled') await this.#loseAll();
      }
    } finally {
      await this.#releaseAll();
      await this.#leave();
    }
  }

  /** Joins and learns its part. False: to be tried again. */
  async #gather(signal: AbortSignal): Promise<boolean> {
    this.#nudge = new AbortController();
    const joined = await untilAborted(
      () => this.#ask('joining the group of loaders', this.#joinRequest()),
      signal,
    );
    if (joined === null || !(await this.#isAdmitted(joined))) return false;
    this.#memberId = joined.memberId;
    this.#generation = joined.generation;
    const isLeader = joined.leader === joined.memberId;
    const parts = isLeader ? this.#decide(joined) : [];
    const request = syncGroupRequest(this.#membership, this.#generation, parts, REBALANCE_TIMEOUT_MS);
    const synced = await untilAborted(() => this.#ask('joining the group of loaders', request), signal);
    if (synced === null) return false;
    if (synced.errorCode === GroupCode.rebalancing) return false;
    if (isExpulsion(synced.errorCode)) {
      await this.#loseAll();
      return false;
    }
    checkCode(synced.errorCode, 'the group of loaders');
    this.#follow(readShards(synced.part));
    return true;
  }

  async #isAdmitted({ errorCode, memberId }: JoinAnswer): Promise<boolean> {
    if (errorCode === GroupCode.memberIdRequired) {
      this.#memberId = memberId;
      return false;
    }
    if (errorCode === GroupCode.fencedInstance) throw this.#doubled();
    if (isExpulsion(errorCode)) {
      await this.#loseAll();
      return false;
    }
    if (errorCode === GroupCode.inconsistentProtocol) {
      await this.#waitForOthers();
      return false;
    }
    this.#refusedSince = null;
    if (errorCode === GroupCode.rebalancing) return false;
    checkCode(errorCode, `group ${this.#options.group}`);
    return true;
  }

  /** A member of another kind may be one that is gone and not yet missed. */
  async #waitForOthers(): Promise<void> {
    this.#refusedSince ??= performance.now();
    if (performance.now() - this.#refusedSince > 2 * this.#sessionTimeoutMs) {
      throw new DolistreamError(
        'CONFIG_INVALID',
        `Other loaders of this log divide it otherwise than into ${this.#options.shards} shards, or fill another warehouse`,
        {
          fix: 'Give all loaders the same --loader-shards and the same ClickHouse server; a loader with the warehouse in its own process must be the only one.',
        },
      );
    }
    await pause(HEARTBEAT_EVERY_MS);
  }

  #decide({ members }: JoinAnswer): { memberId: string; part: string }[] {
    const holders = members.map(({ memberId, metadata }) => ({ memberId, held: readShards(metadata) }));
    return [...assignShards(this.#options.shards, holders)].map(([memberId, shards]) => ({
      memberId,
      part: JSON.stringify(shards),
    }));
  }

  #follow(part: readonly number[]): void {
    for (const shard of [...this.#held]) if (!part.includes(shard)) this.#release(shard);
    // What it is given back while it finishes with it is free afterwards, and asked for then.
    const gained = part.filter((shard) => !this.#held.has(shard) && !this.#releasing.has(shard));
    for (const shard of gained) {
      this.#held.add(shard);
      this.#worker.take(shard);
    }
    this.#options.logger.info({ shards: [...this.#held].sort((a, b) => a - b) }, 'shards of this loader');
  }

  #release(shard: number): void {
    this.#held.delete(shard);
    const released = this.#worker.release(shard).finally(() => {
      this.#releasing.delete(shard);
      this.#nudge.abort();
    });
    this.#releasing.set(shard, released);
  }

  /** Between two signs of life. */
  async #stay(signal: AbortSignal): Promise<Standing> {
    using waking = linkSignals(signal, this.#nudge.signal);
    await pause(HEARTBEAT_EVERY_MS, undefined, { signal: waking.signal }).catch(() => undefined);
    if (signal.aborted) return 'member';
    if (this.#nudge.signal.aborted) return 'called';
    const { errorCode } = await this.#ask(
      'staying in the group of loaders',
      heartbeatRequest(this.#membership, this.#generation),
    );
    if (errorCode === GroupCode.fencedInstance) throw this.#doubled();
    if (isExpulsion(errorCode)) return 'expelled';
    if (errorCode === GroupCode.rebalancing) return 'called';
    checkCode(errorCode, `group ${this.#options.group}`);
    return 'member';
  }

  /** Others may have the shards by now. */
  async #loseAll(): Promise<void> {
    this.#options.logger.warn(
      { shards: [...this.#held] },
      'silent for too long: the shards of this loader go to others',
    );
    this.#memberId = '';
    this.#generation = -1;
    await this.#releaseAll();
  }

  async #releaseAll(): Promise<void> {
    for (const shard of [...this.#held]) this.#release(shard);
    await Promise.all(this.#releasing.values());
  }

  async #leave(): Promise<void> {
    const request = leaveGroupRequest(this.#membership);
    // Whoever cannot say so is missed after the session timeout.
    await this.#ask('leaving the group of loaders', request).catch((error: unknown) => {
      this.#options.logger.debug({ reason: String(error) }, 'the group of loaders was left without a word');
    });
    this.#memberId = '';
  }

  get #membership(): Membership {
    const { group, instanceId } = this.#options;
    return { group, memberId: this.#memberId, instanceId };
  }

  get #sessionTimeoutMs(): number {
    return this.#options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
  }

  #joinRequest(): Request<JoinAnswer> {
    const { shards, kind } = this.#options;
    return joinGroupRequest(this.#membership, {
      sessionTimeoutMs: this.#sessionTimeoutMs,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      protocolType: PROTOCOL_TYPE,
      protocol: `${shards}-shards-${kind}`,
      metadata: JSON.stringify([...this.#held, ...this.#releasing.keys()]),
    });
  }

  /** Sends to the group's coordinator; tries again while it moves or is away. */
  #ask<Answer extends { readonly errorCode: number }>(
    doing: string,
    request: Request<Answer>,
  ): Promise<Answer> {
    return this.#link.retrying(doing, async () => {
      try {
        const coordinator = (this.#coordinator ??= await this.#findCoordinator());
        const answer = await this.#link.toBroker(coordinator, request, request.waitMs > 0 ? 'wait' : 'write');
        if (isMoving(answer.errorCode)) checkCode(answer.errorCode);
        return answer;
      } catch (error) {
        this.#coordinator = null;
        throw error;
      }
    });
  }

  async #findCoordinator(): Promise<number> {
    await this.#link.leadersOf([this.#options.topic]);
    const answer = await this.#link.toController(findGroupCoordinatorRequest(this.#options.group));
    checkCode(answer.errorCode);
    return answer.nodeId;
  }

  #doubled(): DolistreamError {
    return new DolistreamError(
      'LOG_FENCED',
      `Another loader takes part in the group as "${this.#options.instanceId}" now, so this one may not`,
      { fix: 'Stop one of the two: each loader needs a data folder of its own.' },
    );
  }
}

const isMoving = (code: number): boolean =>
  code >= GroupCode.coordinatorLoading && code <= GroupCode.notCoordinator;
const isExpulsion = (code: number): boolean =>
  code === GroupCode.unknownMember || code === GroupCode.illegalGeneration;

/** What members tell each other of shards; nothing from a member that says nothing. */
function readShards(bytes: Buffer): number[] {
  if (bytes.length === 0) return [];
  const shards: unknown = JSON.parse(bytes.toString());
  if (Array.isArray(shards) && shards.every(Number.isSafeInteger)) return shards as number[];
  throw new DolistreamError(
    'LOG_CORRUPT',
    `A loader of the group says that it has the shards ${bytes.toString()}`,
    {
      fix: 'Another program uses the same group: use another topic prefix.',
    },
  );
}
