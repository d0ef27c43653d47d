/**
 * What is known to differ between source and warehouse, from one comparison to the next, and the alert about what is new
 * in it: once for each table and total, until a comparison finds it mended.
 */
import { createHash } from 'node:crypto';
import type { Alert } from '../../../core/alert.ts';

/** A table or total that was compared. */
export interface Compared {
  readonly name: string;
  readonly equal: boolean;
  /** All rows were compared, so that equal means mended. */
  readonly isWhole: boolean;
  readonly differences: readonly string[];
}

/** Since when each table and total is known to differ, ms since epoch. */
export type Drift = Readonly<Record<string, number>>;

export interface DriftContext {
  readonly database: string;
  readonly locale: 'fr' | 'en';
  /** ms since epoch. */
  readonly nowMs: number;
}

const SEVERITY = 80;
const MAX_NAMES = 5;

/** The drift after a comparison, and the alert when it has grown; null: nothing new. */
export function followDrift(
  known: Drift,
  compared: readonly Compared[],
  context: DriftContext,
): { readonly drift: Drift; readonly alert: Alert | null } {
  const grown = compared.filter(({ name, equal }) => !equal && known[name] === undefined);
  const mended = new Set(compared.filter(({ equal, isWhole }) => equal && isWhole).map(({ name }) => name));
  const drift = Object.fromEntries([
    ...Object.entries(known).filter(([name]) => !mended.has(name)),
    ...grown.map(({ name }) => [name, context.nowMs] as const),
  ]);
  return { drift, alert: grown.length === 0 ? null : buildAlert(grown, context) };
}

const WORDS = {
  fr: {
    title: (what: string) => `L'entrepôt diffère de Dolibarr : ${what}`,
    more: (count: number) => ` et ${count} de plus`,
    explanation: (position: string) =>
      `Les chiffres qui en dépendent peuvent être faux. Comparé ${position}. Réparer avec : dolistream verify --repair`,
    at: (time: string) => `le ${time}`,
  },
  en: {
    title: (what: string) => `The warehouse differs from Dolibarr: ${what}`,
    more: (count: number) => ` and ${count} more`,
    explanation: (position: string) =>
      `Figures that depend on it may be wrong. Compared ${position}. Repair it with: dolistream verify --repair`,
    at: (time: string) => `at ${time}`,
  },
} as const;

function buildAlert(grown: readonly Compared[], { database, locale, nowMs }: DriftContext): Alert {
  const words = WORDS[locale];
  const names = grown.map(({ name }) => name);
  const rest = names.length - MAX_NAMES;
  const what = names.slice(0, MAX_NAMES).join(', ') + (rest > 0 ? words.more(rest) : '');
  const time = `${new Date(nowMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const hash = createHash('md5').update(names.join()).digest('hex').slice(0, 12);
  return {
    id: `warehouse_drift:${encodeURIComponent(database)}:${hash}:${nowMs}`,
    rule: 'warehouse_drift',
    severity: SEVERITY,
    entity: 0,
    subject_type: 'warehouse',
    subject_id: 0,
    subject_ref: names[0]!,
    title: words.title(what),
    explanation: words.explanation(words.at(time)),
    actual: grown.length,
    expected: 0,
    unit: null,
    details: JSON.stringify({
      tables: grown.slice(0, 50).map(({ name, differences }) => ({ name, differences })),
    }),
    source_seq: 0,
    committed_at: nowMs,
    raised_at: nowMs,
  };
}
