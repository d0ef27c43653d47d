/**
 * Tells one channel what it has to be told, one message at a time, for ever. What failed is tried again with growing
 * pauses, others meanwhile, so that neither a broken channel nor a message that it cannot digest holds up the rest.
 */
import type { Clock } from '../../core/clock.ts';
import { asDolistreamError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { Delivery, Notice, Notifier } from '../../core/ports/notifier.ts';
import type { AlertCase, CaseDelivery } from './alert-case.ts';
import type { AlertDesk } from './alert-desk.ts';
import { type BackOffOptions, backOffMs, waitOrAbort } from './back-off.ts';
import { caseNotice, digestNotice, type Wording } from './compose-message.ts';
import { PHRASES } from './phrases.ts';
import type { ProofOfLife } from './proof-of-life.ts';
import { withChannels } from './routing.ts';

export interface WorkerDeps {
  readonly desk: AlertDesk;
  readonly notifier: Notifier;
  readonly wording: Wording;
  readonly proof: ProofOfLife;
  /** Channels that are told of what this one refuses. */
  readonly fallback: readonly string[];
  /** More new cases at once than this are one message for people; null: never. */
  readonly flood: number | null;
  readonly backOff: BackOffOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Two ways to stop: `signal` before the next attempt, `hard` in the middle of one. */
export interface Stop {
  readonly signal: AbortSignal;
  readonly hard: AbortSignal;
}

export interface ChannelHealth {
  readonly name: string;
  readonly kind: string;
  /** False: the last attempt failed. */
  readonly ok: boolean;
  /** Cases that it has not been told all of. */
  readonly waiting: number;
  readonly delivered: number;
  readonly refused: number;
  /** Milliseconds since epoch; null: never. */
  readonly deliveredAt: number | null;
  readonly failingSince: number | null;
  readonly lastError: string | null;
}

interface Work {
  /** Cases told of, at these revisions. */
  readonly cases: readonly AlertCase[];
  readonly notice: Notice;
}

/** Kinds of channel that people read; programs get each case by itself. */
const READ_BY_PEOPLE = ['slack', 'mail'];
/** Longest wait until quiet hours, mutes and plans are looked at again. */
const LOOK_MS = 15_000;
/** A channel that failed for so long is told of through the others. */
const DOWN_AFTER_MS = 30 * 60_000;

export class ChannelWorker {
  readonly #deps: WorkerDeps;
  readonly #attempts = new Map<string, { count: number; notBefore: number }>();
  #pausedUntil = 0;
  #failures = 0;
  #failingSince: number | null = null;
  #lastError: string | null = null;

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
  }

  async run(stop: Stop): Promise<void> {
    const { desk, clock } = this.#deps;
    while (!stop.signal.aborted) {
      const change = desk.change();
      const now = clock.now();
      const found = now < this.#pausedUntil ? this.#pausedUntil : this.#find(now);
      this.#showWaiting();
      if (typeof found === 'object') await this.#deliver(found, stop.hard);
      else await this.#wait(change, Math.min(LOOK_MS, Math.max(1, found - now)), stop.signal);
    }
  }

  health(): ChannelHealth {
    const { notifier, desk } = this.#deps;
    const { delivered, refused, deliveredAt } = desk.store.countsOf(notifier.name);
    return {
      ...{ name: notifier.name, kind: notifier.kind, ok: this.#failingSince === null },
      ...{ waiting: desk.pendingCount(notifier.name), delivered, refused, deliveredAt },
      ...{ failingSince: this.#failingSince, lastError: this.#lastError },
    };
  }

  async #wait(change: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const end = (): void => over.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    await Promise.race([change, waitOrAbort(ms, over.signal)]);
    signal.removeEventListener('abort', end);
    end();
  }

  /** What is to be told now, or when to look again, ms since epoch. */
  #find(now: number): Work | number {
    const { desk, notifier, proof } = this.#deps;
    const { name } = notifier;
    const proved = proof.due(name, now);
    if (proved) return { cases: [], notice: proved };
    let next = now + LOOK_MS;
    const digest: AlertCase[] = [];
    const single: AlertCase[] = [];
    for (const each of desk.pending(name)) {
      const at = this.#dueOf(each, each.deliveries[name]!, now);
      if (at > now) next = Math.min(next, at);
      else if (each.deliveries[name]!.digest && each.newsKind !== 'resolved') digest.push(each);
      else single.push(each);
    }
    const flood = this.#floodOf(single);
    if (flood !== null) return flood;
    const untried = single.find(({ id }) => !this.#attempts.has(id));
    if (single.length > 0) return this.#caseWork(untried ?? single[0]!);
    return digest.length === 0 ? next : this.#together(digest);
  }

  /** All new cases as one message when they are too many for one each. */
  #floodOf(due: readonly AlertCase[]): Work | null {
    const { notifier, flood } = this.#deps;
    if (flood === null || !READ_BY_PEOPLE.includes(notifier.kind)) return null;
    const fresh = due.filter((each) => each.deliveries[notifier.name]!.sent === 0);
    return fresh.length <= flood ? null : this.#together(fresh);
  }

  #together(cases: readonly AlertCase[]): Work {
    const { notifier, wording } = this.#deps;
    const slot = Math.max(...cases.map((each) => each.deliveries[notifier.name]!.due));
    return { cases, notice: digestNotice(cases, slot, wording) };
  }

  #caseWork(each: AlertCase): Work {
    const { desk, notifier, wording, clock } = this.#deps;
    const lapsed = desk.mutes.findLast(({ until }) => until !== null && until <= clock.now());
    const mutedBy = lapsed && lapsed.at >= each.openedAt ? lapsed.by : null;
    return { cases: [each], notice: caseNotice(each, notifier.name, wording, mutedBy) };
  }

  /** Infinity while somebody wants silence: that may end at any time, and is looked at again. */
  #dueOf(each: AlertCase, delivery: CaseDelivery, now: number): number {
    const isNews = delivery.sent < each.news;
    const isFirst = delivery.sent === 0;
    if ((isFirst || (isNews && each.state !== 'closed')) && this.#deps.desk.isHeld(each, now)) {
      return Number.POSITIVE_INFINITY;
    }
    const notBefore = this.#attempts.get(each.id)?.notBefore ?? 0;
    return Math.max(notBefore, isNews ? delivery.due : 0);
  }

  async #deliver(work: Work, hard: AbortSignal): Promise<void> {
    const delivery = await this.#attempt(work.notice, hard);
    if (delivery.outcome === 'retry') this.#noteFailure(work, delivery);
    else await this.#noteEnd(work, delivery);
  }

  async #attempt(notice: Notice, hard: AbortSignal): Promise<Delivery> {
    try {
      return await this.#deps.notifier.notify(notice, hard);
    } catch (error) {
      // A notifier that breaks its contract must not take the other channels down with it.
      return { outcome: 'retry', reason: asDolistreamError(error, 'NOTIFY_FAILED').message };
    }
  }

  #noteFailure({ cases, notice }: Work, { reason, afterMs = 0 }: Delivery & { outcome: 'retry' }): void {
    const { backOff, clock, logger, metrics, notifier, desk, wording } = this.#deps;
    const now = clock.now();
    this.#failures++;
    this.#failingSince ??= now;
    this.#lastError = reason;
    const waitMs = Math.max(afterMs, backOffMs(backOff, this.#failures));
    this.#pausedUntil = now + waitMs;
    for (const { id } of cases) {
      const count = (this.#attempts.get(id)?.count ?? 0) + 1;
      this.#attempts.set(id, { count, notBefore: now + Math.max(waitMs, backOffMs(backOff, count)) });
    }
    const channel = notifier.name;
    const context = { notifier: channel, notice: notice.id, attempt: this.#failures, reason, waitMs };
    logger.warn(context, 'alert not delivered, trying again');
    metrics.count('notification_failures_total', 1, { channel });
    metrics.gauge('notification_channel_up', 0, { channel });
    if (now - this.#failingSince < DOWN_AFTER_MS) return;
    const { title, text } = PHRASES[wording.locale].channelDown;
    desk.setOwnCase('channel', channel, { title: title(channel), text: text(channel, reason) }, channel);
  }

  async #noteEnd(work: Work, delivery: Exclude<Delivery, { outcome: 'retry' }>): Promise<void> {
    const { desk, notifier, proof, clock, metrics } = this.#deps;
    const channel = notifier.name;
    const now = clock.now();
    for (const { id, revision } of work.cases) {
      this.#attempts.delete(id);
      const each = desk.store.cases.get(id);
      if (each) desk.update(this.#told(each, revision, delivery, work.notice.event === 'digest'));
    }
    if (work.notice.event === 'proof') proof.given(channel, now);
    const { delivered, refused } = desk.store.countsOf(channel);
    if (delivery.outcome === 'delivered') {
      desk.store.setCounts(channel, { delivered: delivered + 1, deliveredAt: now });
      metrics.count('notifications_total', 1, { channel });
    } else {
      const lastRefusal = { case: work.notice.thread, reason: delivery.reason, at: now };
      desk.store.setCounts(channel, { refused: refused + 1, lastRefusal });
      this.#noteRefusal(work, delivery.reason);
    }
    metrics.gauge('notification_channel_up', 1, { channel });
    this.#failures = 0;
    this.#failingSince = null;
    this.#lastError = delivery.outcome === 'refused' ? delivery.reason : (delivery.warning ?? null);
    if (delivery.outcome === 'delivered' && delivery.warning !== undefined) {
      this.#deps.logger.warn(
        { notifier: channel, warning: delivery.warning },
        'alert did not reach everybody',
      );
    }
    desk.setOwnCase('channel', channel, null);
    await desk.save();
  }

  /** `together`: the message was about others, too, so that it is not the one to edit or answer in. */
  #told(each: AlertCase, revision: number, delivery: Delivery, together: boolean): AlertCase {
    const { notifier, fallback, clock } = this.#deps;
    const now = clock.now();
    const before = each.deliveries[notifier.name]!;
    const isRefused = delivery.outcome === 'refused';
    const given = delivery.outcome === 'delivered' && !together ? delivery.receipt : undefined;
    const after: CaseDelivery = {
      ...{ ...before, sent: revision, refused: isRefused ? delivery.reason : null },
      ...{ receipt: given ?? before.receipt, digest: together || before.digest },
      ...(isRefused ? {} : { sentAt: now }),
    };
    const told = { ...each, deliveries: { ...each.deliveries, [notifier.name]: after } };
    const others = fallback.filter((name) => !each.deliveries[name]);
    return isRefused && others.length > 0 ? withChannels(told, others, now) : told;
  }

  #noteRefusal({ notice }: Work, reason: string): void {
    const { logger, metrics, notifier } = this.#deps;
    metrics.count('notifications_refused_total', 1, { channel: notifier.name });
    logger.error({ notifier: notifier.name, notice: notice.id, reason }, 'alert refused by the receiver');
  }

  #showWaiting(): void {
    const { metrics, desk, notifier } = this.#deps;
    metrics.gauge('notifications_waiting', desk.pendingCount(notifier.name), { channel: notifier.name });
  }
}
