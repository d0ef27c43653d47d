/** Messages of cases, for people and for programs. */
import type { JsonValue } from '../../core/ports/change-log.ts';
import type {
  Message,
  MessageFact,
  MessageLink,
  Notice,
  NoticeEvent,
  Tone,
} from '../../core/ports/notifier.ts';
import { type AlertCase, type CaseDelivery, leadFinding } from './alert-case.ts';
import { type Locale, PHRASES } from './phrases.ts';

export interface Wording {
  readonly locale: Locale;
  /** IANA zone in which times are shown. */
  readonly zone: string;
  /** Base of Dolibarr's pages, without a slash at the end; null: no links to it. */
  readonly dolibarrUrl: string | null;
  /** The page on which a case is answered; null: none can be reached. */
  readonly answerUrl: (caseId: string) => string | null;
}

/** Kinds of case that are about ourselves, not about the firm. */
export const OWN_KINDS = ['pipeline', 'channel'];

/** Control characters and line ends would forge lines; bidirectional marks would turn a text round. */
const FORGING = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const MAX_TITLE = 200;
const MAX_TEXT = 2000;

function plain(text: string, max = MAX_TEXT): string {
  const line = text.replace(FORGING, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

export function formatTime(ms: number, { locale, zone }: Pick<Wording, 'locale' | 'zone'>): string {
  const format = new Intl.DateTimeFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', {
    ...{
      timeZone: zone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
    },
  });
  return format.format(ms);
}

function figure(value: number | null, unit: string | null, locale: Locale): string | null {
  if (value === null) return null;
  const tag = locale === 'fr' ? 'fr-FR' : 'en-GB';
  if (unit === 'EUR') return new Intl.NumberFormat(tag, { style: 'currency', currency: 'EUR' }).format(value);
  const number = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 }).format(value);
  return unit === null ? number : `${number} ${plain(unit, 20)}`;
}

function toneOf(each: AlertCase): Tone {
  if (each.state === 'closed') return 'good';
  const { severity } = leadFinding(each);
  return severity >= 80 ? 'urgent' : severity >= 60 ? 'warning' : 'notice';
}

export function stateText(each: AlertCase, wording: Wording): string {
  const phrases = PHRASES[wording.locale];
  const { answer, acknowledged, state } = each;
  if (answer) {
    const by = plain(answer.by, 80) || phrases.somebody;
    return phrases.answered(phrases.answers[answer.answer], by, formatTime(answer.at, wording));
  }
  if (state === 'closed') return phrases.closed;
  if (!acknowledged) return phrases.open;
  const by = plain(acknowledged.by, 80) || phrases.somebody;
  return phrases.acknowledged(by, formatTime(acknowledged.at, wording));
}

function factsOf(each: AlertCase, wording: Wording): MessageFact[] {
  const phrases = PHRASES[wording.locale];
  const { labels } = phrases;
  const lead = leadFinding(each);
  const pairs: [string, string | null][] = [
    [labels.severity, `${phrases.severity(lead.severity)} (${lead.severity}/100)`],
    [labels.customer, each.customer && (each.customer.name || `#${each.customer.id}`)],
    [labels.site, each.site && (each.site.name || `#${each.site.id}`)],
    [labels.actual, figure(lead.actual, lead.unit, wording.locale)],
    [labels.expected, figure(lead.expected, lead.unit, wording.locale)],
    [labels.committed, formatTime(lead.committedAt, wording)],
    [labels.state, stateText(each, wording)],
  ];
  const known = OWN_KINDS.includes(each.subjectType) ? pairs.slice(-1) : pairs;
  return known.flatMap(([label, value]) => (value === null ? [] : [{ label, value: plain(value, 300) }]));
}

const DOLIBARR_PAGES: Readonly<Record<string, string>> = {
  intervention: '/fichinter/card.php?id=',
  invoice: '/compta/facture/card.php?facid=',
  product: '/product/card.php?id=',
};

export function dolibarrLink(
  each: Pick<AlertCase, 'subjectType' | 'subjectId'>,
  base: string | null,
): string | null {
  const page = DOLIBARR_PAGES[each.subjectType];
  return base === null || page === undefined ? null : `${base}${page}${each.subjectId}`;
}

function linksOf(each: AlertCase, wording: Wording): MessageLink[] {
  const { links } = PHRASES[wording.locale];
  const page = dolibarrLink(each, wording.dolibarrUrl);
  const answer = each.state === 'closed' ? null : wording.answerUrl(each.id);
  return [
    ...(page === null ? [] : [{ label: links.dolibarr, url: page }]),
    ...(answer === null ? [] : [{ label: links.take, url: `${answer}?do=acknowledge` }]),
    ...(answer === null ? [] : [{ label: links.answer, url: answer }]),
  ];
}

export function caseMessage(each: AlertCase, wording: Wording): Message {
  const phrases = PHRASES[wording.locale];
  const lead = leadFinding(each);
  const others = each.findings.filter((finding) => finding !== lead);
  const title = plain(lead.title, MAX_TITLE);
  return {
    tone: toneOf(each),
    title: each.state === 'closed' ? phrases.closedTitle(title) : title,
    paragraphs: [
      plain(lead.explanation),
      ...others.map((finding) => `${phrases.also}${plain(finding.explanation || finding.title, 500)}`),
    ],
    facts: factsOf(each, wording),
    entries: [],
    links: linksOf(each, wording),
    footer: plain(`Dolistream · ${lead.rule} · ${each.id}`, MAX_TITLE),
  };
}

function newsText(each: AlertCase, wording: Wording, mutedBy: string | null): string | null {
  const { news } = PHRASES[wording.locale];
  switch (each.newsKind) {
    case 'worse':
      return news.worse(plain(each.findings.at(-1)!.title, MAX_TITLE));
    case 'back':
      return mutedBy === null ? news.back : news.backAfterMute(plain(mutedBy, 80));
    case 'escalated':
      return news.escalated(formatTime(each.openedAt, wording));
    case 'resolved':
      return news.resolved;
    default:
      return null;
  }
}

function eventOf(each: AlertCase, delivery: CaseDelivery): NoticeEvent {
  if (delivery.sent === 0) return 'opened';
  if (each.state === 'closed') return 'closed';
  return each.newsKind === 'escalated' && delivery.sent < each.news ? 'escalated' : 'changed';
}

/** Everything of a case for programs: the webhook's body and the API's answer. */
export function caseData(each: AlertCase, wording: Wording): { readonly [name: string]: JsonValue } {
  const { deliveries, ...shown } = each;
  const lead = leadFinding(each);
  const channels = Object.entries(deliveries).map(([name, { due, digest, sent, sentAt, refused }]) => [
    name,
    { due, digest, sent, sentAt, refused },
  ]);
  return {
    ...shown,
    ...{ rule: lead.rule, severity: lead.severity, title: lead.title, explanation: lead.explanation },
    dolibarrUrl: dolibarrLink(each, wording.dolibarrUrl),
    channels: Object.fromEntries(channels) as { readonly [name: string]: JsonValue },
  };
}

/** What to tell one channel of a case now. */
export function caseNotice(
  each: AlertCase,
  channel: string,
  wording: Wording,
  mutedBy: string | null = null,
): Notice {
  const delivery = each.deliveries[channel]!;
  return {
    id: `${each.id}.${each.revision}`,
    thread: each.id,
    event: eventOf(each, delivery),
    locale: wording.locale,
    message: caseMessage(each, wording),
    news: delivery.sent > 0 && delivery.sent < each.news ? newsText(each, wording, mutedBy) : null,
    receipt: delivery.receipt,
    data: caseData(each, wording),
  };
}

/** Several cases in one message; `slot` names the time it is for. */
export function digestNotice(cases: readonly AlertCase[], slot: number, wording: Wording): Notice {
  const phrases = PHRASES[wording.locale];
  const sorted = [...cases].sort((a, b) => leadFinding(b).severity - leadFinding(a).severity);
  const entries = sorted.map((each) => {
    const message = caseMessage(each, wording);
    const text = [...message.paragraphs, stateText(each, wording)].join(' · ');
    return { title: message.title, text, link: message.links.at(-1) ?? null };
  });
  return {
    ...{ id: `digest.${slot}`, thread: `digest.${slot}`, event: 'digest', locale: wording.locale },
    message: {
      ...{
        tone: 'notice',
        title: phrases.digest(cases.length),
        paragraphs: [],
        facts: [],
        entries,
        links: [],
      },
      footer: 'Dolistream',
    },
    ...{ news: null, receipt: null, data: { cases: sorted.map((each) => caseData(each, wording)) } },
  };
}

/** A message that is about no case. */
export function plainNotice(
  event: NoticeEvent,
  id: string,
  text: { readonly title: string; readonly paragraphs: readonly string[] },
  locale: Locale,
): Notice {
  const { title, paragraphs } = text;
  return {
    ...{ id, thread: id, event, locale },
    message: { tone: 'plain', title, paragraphs, facts: [], entries: [], links: [], footer: 'Dolistream' },
    ...{ news: null, receipt: null, data: { title, text: paragraphs.join('\n') } },
  };
}
