/** A message at a fixed time, so that silence means that nothing is wrong and not that nobody is looking. */
import { Cron } from 'croner';
import type { Notice } from '../../core/ports/notifier.ts';
import type { AlertDesk } from './alert-desk.ts';
import { OWN_KINDS, plainNotice } from './compose-message.ts';
import { type Locale, PHRASES } from './phrases.ts';

export interface ProofOptions {
  /** A cron line; null: none is given. */
  readonly cron: string | null;
  readonly zone: string;
  readonly locale: Locale;
  /** Channels that get none. */
  readonly except: readonly string[];
}

const WEEK_MS = 7 * 86_400_000;

export class ProofOfLife {
  readonly #desk: AlertDesk;
  readonly #options: ProofOptions;
  readonly #cron: Cron | null;
  readonly #startedAt: number;
  /** By the time they follow, for croner takes a while. */
  readonly #slots = new Map<number, number>();

  constructor(desk: AlertDesk, options: ProofOptions, startedAt: number) {
    this.#desk = desk;
    this.#options = options;
    this.#cron =
      options.cron === null ? null : new Cron(options.cron, { timezone: options.zone, paused: true });
    this.#startedAt = startedAt;
  }

  /** The proof that the channel has not had yet; null: none is due. */
  due(channel: string, now: number): Notice | null {
    if (this.#options.except.includes(channel)) return null;
    const { provedAt } = this.#desk.store.countsOf(channel);
    if (provedAt === 0) this.given(channel, this.#startedAt);
    const slot = this.#slotAfter(provedAt === 0 ? this.#startedAt : provedAt);
    return slot === null || slot > now ? null : this.#notice(slot, now);
  }

  given(channel: string, at: number): void {
    this.#desk.store.setCounts(channel, { provedAt: at });
  }

  #slotAfter(after: number): number | null {
    const known = this.#slots.get(after);
    if (known !== undefined) return known;
    const slot = this.#cron?.nextRun(new Date(after))?.getTime() ?? null;
    if (slot !== null) this.#slots.set(after, slot);
    return slot;
  }

  #notice(slot: number, now: number): Notice {
    const { proof } = PHRASES[this.#options.locale];
    const cases = [...this.#desk.store.cases.values()].filter(
      ({ subjectType }) => !OWN_KINDS.includes(subjectType),
    );
    const opened = cases.filter(({ openedAt }) => openedAt > now - WEEK_MS).length;
    const open = cases.filter(({ state }) => state !== 'closed').length;
    const mutes = this.#desk.mutes.filter(({ until }) => until === null || until > now).length;
    const paragraphs = [
      ...[proof.text(opened, open), this.#desk.isPipeLate ? proof.late : proof.inTime],
      ...(mutes > 0 ? [proof.mutes(mutes)] : []),
    ];
    return plainNotice('proof', `proof.${slot}`, { title: proof.title, paragraphs }, this.#options.locale);
  }
}
