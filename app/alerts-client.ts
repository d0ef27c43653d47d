/** What the commands and the HTTP routes ask of alerts: the cases of this process, or of the log when nobody delivers. */
import type { Clock } from '../core/clock.ts';
import { DolistreamError } from '../core/errors.ts';
import type { ChangeLog, JsonValue } from '../core/ports/change-log.ts';
import type { Message } from '../core/ports/notifier.ts';
import type { SchemaRegistry } from '../core/ports/schema-registry.ts';
import type { AlertCase } from '../services/alerting/alert-case.ts';
import type { AlertDesk } from '../services/alerting/alert-desk.ts';
import { type AlertingService, openDesk } from '../services/alerting/alerting-service.ts';
import { type ActionRequest, createAnswerWriter } from '../services/alerting/answer-events.ts';
import type { ChannelHealth } from '../services/alerting/channel-worker.ts';
import { caseData, caseMessage, plainNotice } from '../services/alerting/compose-message.ts';
import type { Mute, MuteScope } from '../services/alerting/mute.ts';
import { type Locale, PHRASES } from '../services/alerting/phrases.ts';
import { readLink } from '../services/alerting/signed-link.ts';
import type { AlertSettings } from './alert-settings.ts';

/** A case for programs: the fields of AlertCase, with rule, severity, title, explanation and channels. */
export type CaseView = { readonly id: string; readonly [name: string]: JsonValue };

export interface CaseActionRequest extends ActionRequest {
  readonly case: string;
}

export interface MuteRequest {
  readonly scope: MuteScope;
  /** null: until it is lifted. */
  readonly hours: number | null;
  readonly by: string;
}

export interface AlertsClient {
  /** Newest first; without `all` only those that are not closed. */
  cases(request: { readonly all: boolean }): Promise<readonly CaseView[]>;
  /** Rejects with CONFIG_INVALID when there is no such case. */
  act(request: CaseActionRequest): Promise<CaseView>;
  mutes(): Promise<readonly Mute[]>;
  mute(request: MuteRequest): Promise<Mute>;
  unmute(request: { readonly id: string }): Promise<Mute>;
  /** How each channel does; what only a process that delivers knows is null elsewhere. */
  channels(): Promise<readonly ChannelHealth[]>;
  /** One message now. Rejects with NOTIFY_FAILED and what the receiver said. */
  test(request: { readonly channel: string }): Promise<{ readonly channel: string; readonly kind: string }>;
}

/** A case as its page shows it to somebody who has a signed link. */
export interface LinkedCase {
  readonly id: string;
  readonly state: AlertCase['state'];
  readonly locale: Locale;
  readonly message: Message;
}

/** The client of this process, which signed links reach, too. */
export interface LocalAlerts extends AlertsClient {
  /** Rejects with ACCESS_DENIED for a link that is not from here or is over. */
  openLink(token: string): Promise<LinkedCase>;
}

export interface LocalAlertsDeps {
  readonly log: ChangeLog;
  readonly registry: SchemaRegistry;
  readonly settings: () => Promise<AlertSettings>;
  /** The stage in this process; null: none was started. */
  readonly stage: () => AlertingService | null;
  /** Others may deliver from the same log: without the stage here nothing may be written. */
  readonly isShared: boolean;
  readonly prefix: string;
  /** Text of schemas/alert-answer.avsc. */
  readonly answerSchema: string;
  readonly clock: Clock;
}

const HOUR_MS = 3_600_000;
const TEST_MS = 30_000;

const notHere = (retryable: boolean): DolistreamError =>
  new DolistreamError('NOT_RUNNING', 'Alerts are not delivered by this process now', {
    fix: 'Ask the process that runs `dolistream up` or `dolistream run alerts`, or try again in a moment.',
    retryable,
  });

export function createAlertsClient(deps: LocalAlertsDeps): LocalAlerts {
  const { log, clock, prefix } = deps;
  let opened: AlertDesk | null = null;

  /** The stage's desk; without a stage one over the log, which nobody else has then, unless it is shared. */
  const desk = async (isWrite: boolean): Promise<AlertDesk> => {
    const stage = deps.stage();
    if (stage) {
      if (!stage.desk) throw notHere(true);
      return stage.desk;
    }
    if (deps.isShared && isWrite) throw notHere(false);
    const { notifiers, routing, wording } = await deps.settings();
    if (deps.isShared || !opened) {
      opened = await openDesk({ log, notifiers, clock, options: { prefix, routing, wording } });
    }
    return opened;
  };

  const view = async (each: AlertCase): Promise<CaseView> => {
    const { wording } = await deps.settings();
    return { ...caseData(each, wording), id: each.id };
  };

  return {
    cases: async ({ all }) => {
      const known = [...(await desk(false)).store.cases.values()];
      const wanted = known.filter(({ state }) => all || state !== 'closed');
      return await Promise.all(wanted.sort((a, b) => b.openedAt - a.openedAt).map(view));
    },
    act: async ({ case: id, ...request }) => {
      const at = await desk(true);
      const write = await createAnswerWriter(deps.registry, prefix, deps.answerSchema);
      const next = at.act(id, request, write);
      await at.save();
      return await view(next);
    },
    mutes: async () => (await desk(false)).mutes,
    mute: async ({ scope, hours, by }) => {
      const at = await desk(true);
      const mute = at.mute(scope, hours === null ? null : clock.now() + hours * HOUR_MS, by);
      await at.save();
      return mute;
    },
    unmute: async ({ id }) => {
      const at = await desk(true);
      const mute = at.unmute(id);
      await at.save();
      return mute;
    },
    channels: async () => {
      const stage = deps.stage();
      if (stage?.desk) return stage.health();
      return savedHealth(await desk(false), (await deps.settings()).notifiers);
    },
    test: async ({ channel }) => await sendTest(await deps.settings(), channel, clock),
    openLink: async (token) => {
      const { linkKey, wording } = await deps.settings();
      const each = (await desk(false)).find(readLink(linkKey, token, clock.now()).case);
      const { locale } = wording;
      return { id: each.id, state: each.state, locale, message: caseMessage(each, wording) };
    },
  };
}

const NOTHING_FAILED = { failingSince: null, lastError: null };

/** What is known of channels where nobody delivers. */
const savedHealth = (desk: AlertDesk, notifiers: AlertSettings['notifiers']): ChannelHealth[] =>
  notifiers.map(({ name, kind }) => {
    const { delivered, refused, deliveredAt } = desk.store.countsOf(name);
    const waiting = desk.pendingCount(name);
    return { name, kind, ok: true, waiting, delivered, refused, deliveredAt, ...NOTHING_FAILED };
  });

async function sendTest(
  { notifiers, wording }: AlertSettings,
  channel: string,
  clock: Clock,
): Promise<{ channel: string; kind: string }> {
  const notifier = notifiers.find(({ name }) => name === channel);
  if (!notifier) {
    throw new DolistreamError('CONFIG_INVALID', `There is no channel ${JSON.stringify(channel)}`, {
      fix: `There is ${notifiers.map(({ name }) => name).join(', ')}; docs/12-alerts.md says how to set one up.`,
    });
  }
  const { title, text } = PHRASES[wording.locale].test;
  const message = { title, paragraphs: [text(channel)] };
  const notice = plainNotice('test', `test.${channel}.${clock.now()}`, message, wording.locale);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TEST_MS);
  try {
    const delivery = await notifier.notify(notice, stop.signal);
    if (delivery.outcome === 'delivered' && delivery.warning === undefined)
      return { channel, kind: notifier.kind };
    const said = delivery.outcome === 'delivered' ? delivery.warning : delivery.reason;
    throw new DolistreamError('NOTIFY_FAILED', `The channel ${channel} did not take the test: ${said}`, {
      fix: 'Correct the settings of the channel; docs/12-alerts.md says what each needs.',
    });
  } finally {
    clearTimeout(timer);
  }
}
