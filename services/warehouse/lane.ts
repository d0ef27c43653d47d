/**
 * Reads the log and applies it to the warehouse exactly once, in rounds.
 *
 * The end of a round is saved before its first insert, and the inserts of a round follow from its begin and end alone.
 * So after a crash at any moment the same round is known and applied again, as one that may be in already. The end of
 * one round and the plan of the next are saved in one step.
 */
import { deferred } from '../../core/deferred.ts';
import type { Cursor } from '../../core/ports/change-log.ts';
import { applyRound } from './apply-round.ts';
import { gatheringMs } from './gathering.ts';
import { HoldGate } from './hold-gate.ts';
import type { LaneOptions } from './lane-options.ts';
import {
  type LaneState,
  NEW_LANE,
  type Place,
  type ReplayState,
  formatLaneState,
  isAt,
  parseLaneState,
  roundMissing,
} from './lane-state.ts';
import { bytesOf, type Segment } from './segment.ts';
import { type AskedSetBack, type SetBack, type Visit, isBusy, isKept, stopped, trimmed } from './set-back.ts';

/** How long one wait for an append lasts, ms; a hold is seen at its end at the latest. */
const READ_WAIT_MS = 200;

export class Lane {
  readonly #options: LaneOptions;
  readonly gate = new HoldGate();
  #state: LaneState = NEW_LANE;
  #asked: AskedSetBack | null = null;
  #visits: Visit[] = [];
  /** What was read and is not yet in a round. */
  #queue: Segment[] = [];
  /** Where the next read continues. */
  #readUpTo: Cursor | null = null;
  #savedCursor: Cursor | null = null;
  #savedAt = -Infinity;
  /** Highest seq of what was passed because the lane does not want it. */
  #skippedSeq = 0;
  #roundStarted = -Infinity;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** The cursor that is saved: what lies before it is never read again, so retention may drop it. */
  get cursor(): Cursor | null {
    return this.#savedCursor;
  }

  /** Up to where everything that the lane wants is in the warehouse; saved a moment later. */
  get applied(): Cursor | null {
    return this.#state.cursor;
  }

  get seq(): number {
    return this.#state.seq;
  }

  /**
   * Loads again what follows a place, after the round in hand. Resolves when that is saved, so that it happens whatever
   * comes. A lane that has not come so far has nothing to do. Rejects as `checkFree` does, and with LOG_TRIMMED when the
   * log no longer holds the place.
   */
  async setBack(to: SetBack): Promise<void> {
    this.checkFree();
    const done = deferred<null>();
    this.#asked = { to, done };
    await done.promise;
  }

  /**
   * Runs `work` between two rounds, with the place up to which everything is applied and saved; the lane goes on when it ends.
   * Rejects as `checkFree` and as the work does.
   */
  whileStill<Result>(work: (place: Place) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const visit = async (place: Place): Promise<void> => {
        this.checkFree();
        resolve(await work(place));
      };
      this.#visits.push({ visit, reject });
    });
  }

  /** Throws CONFIG_INVALID while the lane is not yet again where it was. */
  checkFree(): void {
    if (!this.#asked && !this.#state.replay) return;
    throw isBusy(this.#options.owner);
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#run(signal);
    } finally {
      this.#asked?.done.reject(stopped());
      this.#asked = null;
      for (const { reject } of this.#visits.splice(0)) reject(stopped());
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { log, owner, work } = this.#options;
    this.#state = parseLaneState(await log.getState(owner), owner);
    this.#savedCursor = this.#state.cursor;
    this.#readUpTo = this.#state.cursor;
    this.#skippedSeq = 0;
    this.#queue = [];
    work.select(this.#state.replay && Object.keys(this.#state.replay.firsts));
    await this.#repeatUnfinishedRound(signal);
    while (!signal.aborted) {
      if (this.#asked) await this.#goBack(this.#asked);
      for (const { visit, reject } of this.#visits.splice(0)) await visit(this.#state).catch(reject);
      if (this.#state.replay?.isCleared === false) await this.#clear(this.#state.replay);
      if (this.#queue.length === 0) await this.#fill(READ_WAIT_MS, signal);
      if (this.gate.isReached(this.#state.seq, this.#queue)) await this.gate.pause(signal);
      else await this.#runRounds(signal);
    }
  }

  /** What was begun before a crash: the same segments, found again by the saved end. */
  async #repeatUnfinishedRound(signal: AbortSignal): Promise<void> {
    const until = this.#state.until;
    if (!until) return;
    const round: Segment[] = [];
    while (round.length === 0 || !isAt(round.at(-1)!.after, until)) {
      if (this.#queue.length === 0) await this.#fill(0, signal);
      const next = this.#queue.shift();
      if (!next && signal.aborted) return;
      if (!next) throw roundMissing(this.#options.owner);
      round.push(next);
    }
    if (await this.#apply(round, signal, true)) await this.#save(this.#state);
  }

  async #runRounds(signal: AbortSignal): Promise<void> {
    await this.#gather(signal);
    let round = this.#takeRound();
    while (round.length > 0) {
      await this.#save({ ...this.#state, until: round.at(-1)!.after });
      if (!(await this.#apply(round, signal))) return;
      const isMoreWelcome = !signal.aborted && !this.#isAsked && this.#options.gatherMs === 0;
      if (isMoreWelcome) await this.#fillUp(signal);
      round = isMoreWelcome ? this.#takeRound() : [];
      if (round.length === 0) await this.#save(this.#state);
    }
  }

  get #isAsked(): boolean {
    return this.#asked !== null || this.#visits.length > 0;
  }

  async #fillUp(signal: AbortSignal): Promise<void> {
    if (this.#queue.length === 0) await this.#fill(0, signal);
    await this.#gather(signal);
  }

  async #fill(waitMs: number, signal: AbortSignal): Promise<void> {
    const { log, work, maxRoundBytes } = this.#options;
    const { replay } = this.#state;
    const until = replay?.end.cursor ?? null;
    const { batches, cursor } = await log.read({
      from: this.#readUpTo,
      ...(until === null ? {} : { until }),
      maxBytes: maxRoundBytes,
      topics: (topic, lastSeq) => {
        const isWanted = work.wants(topic);
        if (!isWanted) this.#skippedSeq = Math.max(this.#skippedSeq, lastSeq);
        return isWanted;
      },
      waitMs: replay ? 0 : waitMs,
      signal,
    });
    for (const batch of batches) {
      const isResumed = this.#queue.length === 0 && this.#readUpTo === this.#state.cursor;
      const skip = isResumed ? this.#state.skip : 0;
      const segments = await work.split(batch, this.#readUpTo);
      this.#queue.push(...segments.filter((segment) => segment.start >= skip));
      this.#readUpTo = batch.next;
    }
    this.#readUpTo = cursor;
    const isIdle = batches.length === 0 && this.#queue.length === 0 && !this.#state.until;
    if (isIdle && replay && !signal.aborted) await this.#endReplay(replay);
    else if (isIdle && !replay && cursor !== this.#savedCursor) await this.#passSkipped(cursor);
  }

  async #goBack({ to, done }: AskedSetBack): Promise<void> {
    this.#asked = null;
    const { log, work } = this.#options;
    const before = this.#state;
    try {
      this.checkFree();
    } catch (error) {
      done.reject(error);
      return;
    }
    const [left, wanted] = await Promise.all([log.lag(before.cursor), log.lag(to.from)]);
    if (left.records < wanted.records) {
      const { cursor, skip, seq: endSeq, epoch } = before;
      const replay = { end: { cursor, skip }, endSeq, firsts: to.firsts, isCleared: false };
      await this.#save({ cursor: to.from, skip: 0, seq: 0, until: null, epoch: epoch + 1, replay });
      if (!(await isKept(log, to))) {
        await this.#save(before);
        done.reject(trimmed());
        return;
      }
      this.#queue = [];
      this.#readUpTo = to.from;
      work.select(Object.keys(to.firsts));
    }
    done.resolve(null);
  }

  async #clear(replay: ReplayState): Promise<void> {
    await this.#options.work.forget(replay.firsts);
    await this.#save({ ...this.#state, replay: { ...replay, isCleared: true } });
  }

  async #endReplay({ end, endSeq }: ReplayState): Promise<void> {
    await this.#save({ ...end, seq: endSeq, until: null, epoch: this.#state.epoch, replay: null });
    this.#readUpTo = end.cursor;
    this.#options.work.select(null);
    this.#options.logger.info({ lane: this.#options.owner }, 'loaded again, where it was before');
  }

  /** Skipped topics move the place in the log, too: nobody must wait for what the lane does not read. */
  async #passSkipped(cursor: Cursor | null): Promise<void> {
    const isMoved = cursor !== this.#state.cursor;
    const seq = Math.max(this.#state.seq, this.#skippedSeq);
    this.#state = { ...this.#state, cursor, skip: 0, seq };
    const isDue = performance.now() - this.#savedAt >= (this.#options.idleSaveMs ?? 0);
    if (isDue) await this.#save(this.#state);
    else if (isMoved) this.#options.onMoved?.();
  }

  /** Waits for more to come where a larger round is worth it. */
  async #gather(signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    for (let before = 0; !signal.aborted && !this.gate.isHolding && !this.#state.replay;) {
      const bytes = bytesOf(this.#queue);
      const now = performance.now();
      const waited = { sinceRoundMs: now - this.#roundStarted, sinceMs: now - startedAt };
      const waitMs = bytes === 0 ? 0 : gatheringMs(this.#options, { bytes, before, ...waited });
      if (waitMs === 0) return;
      before = bytes;
      await this.#fill(Math.min(waitMs, READ_WAIT_MS), signal);
    }
  }

  #takeRound(): Segment[] {
    const { maxRoundBytes, work } = this.#options;
    const admitted = this.gate.admitted(this.#queue);
    const admits = work.startRound();
    const round: Segment[] = [];
    let bytes = 0;
    for (const segment of this.#queue.slice(0, admitted)) {
      if ((round.length > 0 && bytes + segment.bytes > maxRoundBytes) || !admits(segment)) break;
      round.push(segment);
      bytes += segment.bytes;
    }
    this.#queue.splice(0, round.length);
    return round;
  }

  /** Applies a round and moves the state on in memory. False: the signal came before it succeeded. */
  async #apply(round: readonly Segment[], signal: AbortSignal, wasBegun = false): Promise<boolean> {
    this.#roundStarted = performance.now();
    const replay = this.#state.replay ? this.#state.epoch : null;
    const isApplied = await applyRound(this.#options, { round, isRepeated: wasBegun, replay }, signal);
    if (isApplied) this.#moveOn(round);
    return isApplied;
  }

  #moveOn(round: readonly Segment[]): void {
    const { metrics, owner } = this.#options;
    const { after } = round.at(-1)!;
    const seq = round.reduce((max, segment) => Math.max(max, segment.passedSeq), this.#state.seq);
    this.#state = { ...this.#state, ...after, seq, until: null };
    const records = round.reduce((sum, { start, end }) => sum + end - start, 0);
    metrics.count('warehouse_records_total', records, { lane: owner });
    metrics.observe('warehouse_round_seconds', (performance.now() - this.#roundStarted) / 1000, {
      lane: owner,
    });
  }

  async #save(state: LaneState): Promise<void> {
    const { log, owner, takeLetters } = this.#options;
    await log.append(await takeLetters(), [{ owner, state: formatLaneState(state) }]);
    this.#options.tenure?.renewed();
    this.#savedAt = performance.now();
    this.#state = state;
    if (this.#savedCursor === state.cursor) return;
    this.#savedCursor = state.cursor;
    this.#options.onMoved?.();
  }
}
