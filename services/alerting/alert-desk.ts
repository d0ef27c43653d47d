/**
 * All cases and what each channel still has to be told of them. Every change is put into the store; nothing is durable
 * before `save`. Whoever waits for something to become due is woken by each change.
 */
import type { Alert } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { Cursor } from '../../core/ports/change-log.ts';
import type { Notifier } from '../../core/ports/notifier.ts';
import {
  type AlertCase,
  ANSWERS,
  type Answer,
  caseId,
  caseKey,
  changed,
  openCase,
  type Party,
  wantedRevision,
  withAlert,
  withNews,
} from './alert-case.ts';
import type { ActionRequest, AnswerWriter } from './answer-events.ts';
import type { CaseStore } from './case-store.ts';
import { OWN_KINDS } from './compose-message.ts';
import { createMute, findMute, type Mute, type MuteScope } from './mute.ts';
import { ownAlert, type OwnProblem } from './own-alert.ts';
import { nextEscalation, type RoutingContext, withChannels, withRoutes } from './routing.ts';

export interface AlertParties {
  readonly customer: Party | null;
  readonly site: Party | null;
}

export interface DeskDeps {
  readonly store: CaseStore;
  readonly notifiers: readonly Pick<Notifier, 'name' | 'wants'>[];
  readonly context: RoutingContext;
  readonly clock: Clock;
}

/** An alert as it was read, with whom it concerns. */
export interface ReadAlert extends AlertParties {
  readonly offset: number;
  readonly alert: Alert;
}

/** Closed cases are kept this long, to be opened again or looked at. */
const KEEP_CLOSED_MS = 30 * 86_400_000;
/** Mutes that ended are remembered this long, to say whose silence is over. */
const KEEP_MUTES_MS = 7 * 86_400_000;
const NO_PARTIES: AlertParties = { customer: null, site: null };

export class AlertDesk {
  readonly #deps: DeskDeps;
  readonly #open = new Map<string, string>();
  readonly #pending = new Map<string, Set<string>>();
  #waiting: (() => void)[] = [];
  /** Business alerts wait while it is. */
  isPipeLate = false;

  constructor(deps: DeskDeps) {
    this.#deps = deps;
    for (const { name } of deps.notifiers) this.#pending.set(name, new Set());
    for (const each of deps.store.cases.values()) this.#index(each);
  }

  get store(): CaseStore {
    return this.#deps.store;
  }

  get mutes(): readonly Mute[] {
    return this.store.state.mutes;
  }

  save(): Promise<void> {
    return this.store.save();
  }

  /** Resolves at the next change. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Cases of which the channel has not been told all. */
  pending(channel: string): AlertCase[] {
    return [...(this.#pending.get(channel) ?? [])].map((id) => this.find(id));
  }

  pendingCount(channel: string): number {
    return this.#pending.get(channel)?.size ?? 0;
  }

  /** Takes in what was read up to `cursor`. */
  receive(alerts: readonly ReadAlert[], cursor: Cursor | null): void {
    for (const each of alerts) this.#receiveOne(each);
    const nextOffset = Math.max(this.store.state.nextOffset, ...alerts.map(({ offset }) => offset + 1));
    this.store.setState({ cursor, nextOffset });
    this.#wake();
  }

  #receiveOne({ alert, offset, ...parties }: ReadAlert): void {
    const { context, clock } = this.#deps;
    const now = clock.now();
    const known = this.#findCase(caseKey(alert), now);
    const next = known
      ? withAlert(known, alert, now)
      : openCase(alert, { id: caseId(caseKey(alert), alert.id, offset), now, ...parties });
    this.#put(this.#skipHad(withRoutes(next, context, now), offset));
  }

  /** Channels that were told before there were cases are not told again, and new ones not of old alerts. */
  #skipHad(each: AlertCase, offset: number): AlertCase {
    const { before } = this.store.state;
    const newest = Math.max(0, ...Object.values(before));
    if (offset >= newest) return each;
    const deliveries = Object.entries(each.deliveries).map(([channel, delivery]) =>
      offset < (before[channel] ?? newest)
        ? [channel, { ...delivery, sent: each.revision }]
        : [channel, delivery],
    );
    return { ...each, deliveries: Object.fromEntries(deliveries) as AlertCase['deliveries'] };
  }

  /** The open case of the key, or one that was closed a short time ago. */
  #findCase(key: string, now: number): AlertCase | null {
    const id = this.#open.get(key);
    const each = id === undefined ? undefined : this.store.cases.get(id);
    if (!each) return null;
    const isOver = each.closedAt !== null && now - each.closedAt > this.#deps.context.routing.coolDownMs;
    return isOver ? null : each;
  }

  /** Does it and notes it for analytics. Throws CONFIG_INVALID when there is no such case. */
  act(id: string, request: ActionRequest, write: AnswerWriter): AlertCase {
    const now = this.#deps.clock.now();
    const each = this.find(id);
    const next = this.#acted(each, request, now);
    this.store.append(write(each, request, now));
    this.#put(next);
    this.#wake();
    return next;
  }

  #acted(each: AlertCase, { action, by }: ActionRequest, now: number): AlertCase {
    const who = { by, at: now };
    if (ANSWERS.includes(action as Answer)) {
      const answer = { answer: action as Answer, ...who };
      return changed(each, now, { state: 'closed', answer, closedAt: now });
    }
    if (action === 'close') return changed(each, now, { state: 'closed', closedAt: now });
    if (action === 'reopen')
      return changed(each, now, { state: 'open', answer: null, acknowledged: null, closedAt: null });
    return each.state === 'closed' ? each : changed(each, now, { state: 'acknowledged', acknowledged: who });
  }

  /** `until`: ms since epoch, or null until it is lifted. */
  mute(scope: MuteScope, until: number | null, by: string): Mute {
    const mute = createMute(scope, until, by, this.#deps.clock.now());
    this.store.setState({ mutes: [...this.mutes, mute] });
    this.#wake();
    return mute;
  }

  /** Throws CONFIG_INVALID when there is no such mute. */
  unmute(id: string): Mute {
    const mute = this.mutes.find((each) => each.id === id);
    if (!mute) {
      throw new DolistreamError('CONFIG_INVALID', `There is no mute ${JSON.stringify(id)}`, {
        fix: 'Look at: dolistream alerts list',
      });
    }
    this.store.setState({ mutes: this.mutes.filter((each) => each !== mute) });
    this.#wake();
    return mute;
  }

  /**
   * A case about ourselves: opened while `problem` says what is wrong, closed when it is null. `except`: a channel that
   * is not told.
   */
  setOwnCase(
    kind: 'pipeline' | 'channel',
    name: string,
    problem: OwnProblem | null,
    except: string | null = null,
  ): void {
    const { context, clock } = this.#deps;
    const now = clock.now();
    const key = `0:${kind}:${name}`;
    const known = this.#findCase(key, now);
    if (!problem) {
      if (!known || known.state === 'closed') return;
      this.#put(withNews(known, now, 'resolved', { state: 'closed', closedAt: now }));
      this.#wake();
      return;
    }
    if (known && known.state !== 'closed') return;
    const alert = ownAlert({ kind, name, now, ...problem });
    const id = caseId(key, alert.id, now);
    const opened = known ? withAlert(known, alert, now) : openCase(alert, { id, now, ...NO_PARTIES });
    const told = context.channels.filter((channel) => channel !== except);
    this.#put(withChannels({ ...opened, key }, told, now));
    this.#wake();
  }

  /** Escalates, closes what nobody touched, forgets what is long over. True when something changed. */
  sweep(): boolean {
    const now = this.#deps.clock.now();
    let isChanged = false;
    for (const each of [...this.store.cases.values()]) {
      const next = this.#swept(each, now);
      if (next === each) continue;
      isChanged = true;
      if (next) this.#put(next);
      else this.#forget(each);
    }
    const mutes = this.mutes.filter(({ until }) => until === null || until > now - KEEP_MUTES_MS);
    if (mutes.length < this.mutes.length) {
      this.store.setState({ mutes });
      isChanged = true;
    }
    if (isChanged) this.#wake();
    return isChanged;
  }

  #swept(each: AlertCase, now: number): AlertCase | null {
    const { context } = this.#deps;
    if (each.state === 'closed') {
      const isDone = [...this.#pending.values()].every((ids) => !ids.has(each.id));
      return isDone && now - (each.closedAt ?? now) > KEEP_CLOSED_MS ? null : each;
    }
    if (OWN_KINDS.includes(each.subjectType)) return each;
    if (now - each.changedAt > context.routing.closeAfterMs) {
      return changed(each, now, { state: 'closed', closedAt: now });
    }
    const step = this.isHeld(each, now) ? null : nextEscalation(each, context);
    if (!step || step.at > now) return each;
    const escalated = withNews(each, now, 'escalated', { escalations: each.escalations + 1 });
    const told = [
      ...Object.keys(each.deliveries),
      ...step.to.filter((name) => context.channels.includes(name)),
    ];
    return withChannels(escalated, told, now);
  }

  /** True when nobody is to be told of the case now: somebody asked for silence, or its data may be old. */
  isHeld(each: AlertCase, now: number): boolean {
    if (OWN_KINDS.includes(each.subjectType)) return false;
    return this.isPipeLate || findMute(this.mutes, each, now) !== null;
  }

  /** Puts a case whose delivery moved on. */
  update(each: AlertCase): void {
    this.#put(each);
    this.#wake();
  }

  /** Throws CONFIG_INVALID when there is no such case. */
  find(id: string): AlertCase {
    const each = this.store.cases.get(id);
    if (each) return each;
    throw new DolistreamError('CONFIG_INVALID', `There is no case ${JSON.stringify(id.slice(0, 40))}`, {
      fix: 'Look at: dolistream alerts list',
    });
  }

  #put(each: AlertCase): void {
    this.store.put(each);
    this.#index(each);
  }

  #index(each: AlertCase): void {
    const known = this.store.cases.get(this.#open.get(each.key) ?? '');
    if (!known || known.openedAt <= each.openedAt) this.#open.set(each.key, each.id);
    for (const { name, wants } of this.#deps.notifiers) {
      const delivery = each.deliveries[name];
      const isWanted =
        delivery !== undefined &&
        delivery.sent < wantedRevision(each, delivery, wants) &&
        // What somebody has answered needs no first message any more.
        !(each.answer !== null && delivery.sent === 0);
      if (isWanted) this.#pending.get(name)!.add(each.id);
      else this.#pending.get(name)!.delete(each.id);
    }
  }

  #forget(each: AlertCase): void {
    this.store.remove(each.id);
    if (this.#open.get(each.key) === each.id) this.#open.delete(each.key);
    for (const ids of this.#pending.values()) ids.delete(each.id);
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
