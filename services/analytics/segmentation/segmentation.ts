/**
 * Customers by rules a person can check, one main segment each with its reason; and, beside them, the groups that the
 * figures alone show. A customer moves only when the new segment holds in two runs on different days: figures near a
 * limit must not make it flap.
 */
import {
  type Analysis,
  type Cell,
  type QueryRow,
  readFigure,
  readText,
  type ResultTable,
} from '../analysis.ts';
import { dayNumber } from '../day-arithmetic.ts';
import type { Locale } from '../explanation.ts';
import { groupCustomers } from './customer-groups.ts';

export type Segment = 'premium' | 'frequent' | 'at-risk' | 'new' | 'dormant' | 'regular';

export interface Customer {
  readonly id: number;
  readonly name: string;
  /** EUR without tax in the last 365 days. */
  readonly revenue: number;
  /** Tickets and interventions in the last 365 days. */
  readonly requests: number;
  /** Mean of the last 365 days, 1 to 5; null: never asked. */
  readonly satisfaction: number | null;
  readonly ratings: number;
  /** Days with an invoice, ticket or intervention, ever. */
  readonly activeDays: number;
  /** Days since the first and the last of them. */
  readonly sinceFirst: number;
  readonly sinceLast: number;
}

interface Limits {
  readonly revenue: number;
  readonly requests: number;
}

interface Verdict {
  readonly segment: Segment;
  readonly reason: string;
  readonly tags: readonly Segment[];
}

const TOP_SHARE = 0.2;
const NEW_DAYS = 90;
const DORMANT_DAYS = 365;
const UNHAPPY = 2.5;
const MIN_REQUESTS = 3;
/** Silence, in multiples of the customer's usual gap, that is a warning; and least days and visits for it. */
const SILENT_GAPS = 3;
const SILENT_DAYS = 60;
const MIN_ACTIVE_DAYS = 4;
export const MIN_CUSTOMERS = 5;

/** The value that the top fifth reach; Infinity when nobody has any. */
function topLimit(values: readonly number[]): number {
  const ordered = values.filter((value) => value > 0).sort((a, b) => b - a);
  if (ordered.length === 0) return Infinity;
  return ordered[Math.max(0, Math.ceil(values.length * TOP_SHARE) - 1)] ?? ordered[ordered.length - 1]!;
}

const REASONS: Readonly<Record<Locale, Readonly<Record<string, (a: string, b: string) => string>>>> = {
  fr: {
    unhappy: (mark) => `satisfaction moyenne de ${mark}/5 sur douze mois`,
    silent: (days, usual) => `silence de ${days} jours, d'habitude ${usual} jours entre deux demandes`,
    new: (days) => `premier contact il y a ${days} jours`,
    premium: (revenue, limit) =>
      `${revenue} € facturés en douze mois, parmi les 20 % premiers (dès ${limit} €)`,
    frequent: (count, limit) => `${count} demandes en douze mois, parmi les 20 % premiers (dès ${limit})`,
    dormant: (days) => `rien depuis ${days} jours`,
    regular: () => 'ni très actif ni en alerte',
  },
  en: {
    unhappy: (mark) => `mean satisfaction of ${mark}/5 over twelve months`,
    silent: (days, usual) => `silent for ${days} days, usually ${usual} days between two requests`,
    new: (days) => `first contact ${days} days ago`,
    premium: (revenue, limit) =>
      `${revenue} € invoiced in twelve months, among the top 20 % (from ${limit} €)`,
    frequent: (count, limit) => `${count} requests in twelve months, among the top 20 % (from ${limit})`,
    dormant: (days) => `nothing for ${days} days`,
    regular: () => 'neither very active nor in danger',
  },
};

/** Every segment whose rule holds, most important first, with the reason. */
function findSegments(customer: Customer, limits: Limits, locale: Locale): [Segment, string][] {
  const say = (reason: string, a: number, b = 0, digits = 0): string =>
    REASONS[locale][reason]!(a.toFixed(digits), b.toFixed(digits));
  const found: [Segment, string][] = [];
  const { satisfaction, activeDays, sinceFirst, sinceLast } = customer;
  const usualGap = activeDays > 1 ? (sinceFirst - sinceLast) / (activeDays - 1) : Infinity;
  const isSilent = activeDays >= MIN_ACTIVE_DAYS && sinceLast > Math.max(SILENT_DAYS, SILENT_GAPS * usualGap);
  if (satisfaction !== null && satisfaction <= UNHAPPY) {
    found.push(['at-risk', say('unhappy', satisfaction, 0, 1)]);
  } else if (isSilent && sinceLast < 2 * DORMANT_DAYS) {
    found.push(['at-risk', say('silent', sinceLast, usualGap)]);
  }
  if (sinceFirst < NEW_DAYS) found.push(['new', say('new', sinceFirst)]);
  if (customer.revenue >= limits.revenue)
    found.push(['premium', say('premium', customer.revenue, limits.revenue)]);
  if (customer.requests >= Math.max(MIN_REQUESTS, limits.requests)) {
    found.push(['frequent', say('frequent', customer.requests, Math.max(MIN_REQUESTS, limits.requests))]);
  }
  if (sinceLast >= DORMANT_DAYS) found.push(['dormant', say('dormant', sinceLast)]);
  return found.length > 0 ? found : [['regular', say('regular', 0)]];
}

/** One verdict per customer, in their order. */
export function judgeCustomers(customers: readonly Customer[], locale: Locale): Verdict[] {
  const limits = {
    revenue: topLimit(customers.map(({ revenue }) => revenue)),
    requests: topLimit(customers.map(({ requests }) => requests)),
  };
  return customers.map((customer) => {
    const found = findSegments(customer, limits, locale);
    const [segment, reason] = found[0]!;
    return { segment, reason, tags: found.slice(1).map(([tag]) => tag) };
  });
}

function readCustomer(row: QueryRow, today: number): Customer | null {
  const first = dayNumber(readText(row, 'first_on'));
  const last = dayNumber(readText(row, 'last_on'));
  if (first === null || last === null) return null;
  return {
    ...{ id: readFigure(row, 'customer_id') ?? 0, name: readText(row, 'name') },
    revenue: readFigure(row, 'revenue') ?? 0,
    requests: readFigure(row, 'requests') ?? 0,
    satisfaction: readFigure(row, 'satisfaction'),
    ratings: readFigure(row, 'ratings') ?? 0,
    activeDays: readFigure(row, 'active_days') ?? 0,
    sinceFirst: Math.max(0, today - first),
    sinceLast: Math.max(0, today - last),
  };
}

interface Before {
  readonly segment: string;
  readonly candidate: string;
  readonly day: string;
}

/** The segment to show: the verdict, unless it is new today and the customer was in another before. */
function settle(verdict: Segment, before: Before | undefined, today: string): string {
  if (!before || before.segment === verdict) return verdict;
  return before.candidate === verdict && before.day < today ? verdict : before.segment;
}

const SEGMENTS: Omit<ResultTable, 'rows'> = {
  name: 'segments',
  columns: [
    { name: 'customer_id', type: 'Int64' },
    { name: 'name', type: 'String' },
    { name: 'segment', type: 'String', comment: 'premium, frequent, at-risk, new, dormant, regular' },
    {
      name: 'candidate',
      type: 'String',
      comment: 'what today says; becomes the segment when it holds in two runs',
    },
    { name: 'reason', type: 'String' },
    { name: 'tags', type: 'String', comment: 'other segments whose rule holds' },
    { name: 'revenue', type: 'Float64', comment: 'EUR without tax, 12 months' },
    { name: 'requests', type: 'Float64', comment: '12 months' },
    { name: 'satisfaction', type: 'Nullable(Float64)', comment: 'mean of 12 months' },
    { name: 'silent_days', type: 'Float64' },
    { name: 'day', type: 'String', comment: 'on which candidate was first seen' },
  ],
};
const MOVES: Omit<ResultTable, 'rows'> = {
  name: 'segment_moves',
  columns: [
    { name: 'customer_id', type: 'Int64' },
    { name: 'name', type: 'String' },
    { name: 'from_segment', type: 'String' },
    { name: 'to_segment', type: 'String' },
    { name: 'reason', type: 'String' },
  ],
};

function readBefore(rows: readonly QueryRow[]): Map<number, Before> {
  return new Map(
    rows.map((row) => [
      readFigure(row, 'customer_id') ?? 0,
      { segment: readText(row, 'segment'), candidate: readText(row, 'candidate'), day: readText(row, 'day') },
    ]),
  );
}

function noteOf(customers: readonly Customer[], locale: Locale): string[] {
  if (customers.some(({ ratings }) => ratings > 0)) return [];
  return locale === 'fr'
    ? ['Aucune note de satisfaction : « at-risk » ne repose que sur le silence.']
    : ['No satisfaction marks at all: at-risk rests on silence alone.'];
}

export const segmentationAnalysis: Analysis = {
  name: 'segmentation',
  queries: ['customer_activity', 'segments_before'],
  compute: ({ rows, today, locale, seed }) => {
    const day = dayNumber(today)!;
    const customers = (rows['customer_activity'] ?? [])
      .map((row) => readCustomer(row, day))
      .filter((customer) => customer !== null);
    if (customers.length < MIN_CUSTOMERS) {
      const note =
        locale === 'fr'
          ? `Trop peu de clients : ${customers.length}, il en faut ${MIN_CUSTOMERS}.`
          : `Too few customers: ${customers.length}, ${MIN_CUSTOMERS} are needed.`;
      return { tables: [], notes: [note], model: null };
    }
    const before = readBefore(rows['segments_before'] ?? []);
    const cells: Cell[][] = [];
    const moves: Cell[][] = [];
    judgeCustomers(customers, locale).forEach(({ segment, reason, tags }, index) => {
      const { id, name, revenue, requests, satisfaction, sinceLast } = customers[index]!;
      const earlier = before.get(id);
      const settled = settle(segment, earlier, today);
      const since = earlier?.candidate === segment ? earlier.day : today;
      const figures = [revenue, requests, satisfaction, sinceLast];
      cells.push([id, name, settled, segment, reason, tags.join(', '), ...figures, since]);
      if (earlier && earlier.segment !== settled) moves.push([id, name, earlier.segment, settled, reason]);
    });
    const groups = groupCustomers(customers, seed);
    return {
      tables: [{ ...SEGMENTS, rows: cells }, { ...MOVES, rows: moves }, ...groups],
      notes: noteOf(customers, locale),
      model: null,
    };
  },
};
