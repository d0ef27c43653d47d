/**
 * Proposes which extrafield means what, from the rows of llx_extrafields: by the words of its name and label, and only where
 * its type can hold such a value. A proposal is for a person to look at.
 */

/** A row of llx_extrafields. */
export interface ExtrafieldRow {
  /** Column of the extrafields table. */
  readonly name: string;
  /** `ticket`, `fichinter`, `projet`, … */
  readonly elementtype: string;
  readonly label: string;
  /** varchar, text, int, double, price, select, … */
  readonly type: string;
}

export interface MappingSuggestion {
  /** `ticket`, `intervention` or `project`. */
  readonly kind: string;
  readonly meaning: string;
  readonly column: string;
  /** 0 to 1: 1 when name and label both say so. */
  readonly confidence: number;
  /** What speaks for it. */
  readonly reason: string;
}

const KINDS: Readonly<Record<string, string>> = {
  ticket: 'ticket',
  fichinter: 'intervention',
  projet: 'project',
  project: 'project',
};

interface Meaning {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly holds: 'number' | 'text';
  /** All words of one group must be there; words are begins, without accents. */
  readonly words: readonly (readonly string[])[];
}

const BOTH = ['ticket', 'intervention'];
const MEANINGS: readonly Meaning[] = [
  {
    name: 'estimated_hours',
    kinds: BOTH,
    holds: 'number',
    words: [
      ['dur', 'estim'],
      ['dur', 'prev'],
      ['temps', 'prev'],
      ['temps', 'estim'],
      ['heure', 'prev'],
      ['estimated', 'hour'],
    ],
  },
  {
    name: 'actual_hours',
    kinds: BOTH,
    holds: 'number',
    words: [
      ['dur', 'reel'],
      ['temps', 'pass'],
      ['temps', 'reel'],
      ['heure', 'reel'],
      ['actual', 'hour'],
    ],
  },
  {
    name: 'satisfaction',
    kinds: BOTH,
    holds: 'number',
    words: [['satisf'], ['note', 'client'], ['avis', 'client']],
  },
  { name: 'cost', kinds: BOTH, holds: 'number', words: [['cout'], ['cost']] },
  { name: 'city', kinds: [...BOTH, 'project'], holds: 'text', words: [['ville'], ['commune'], ['city']] },
  {
    name: 'kind',
    kinds: BOTH,
    holds: 'text',
    words: [['type', 'interv'], ['nature'], ['categorie', 'interv']],
  },
  {
    name: 'site_manager',
    kinds: ['project'],
    holds: 'text',
    words: [
      ['conduct', 'trav'],
      ['chef', 'chant'],
      ['site', 'manager'],
    ],
  },
  { name: 'surface', kinds: ['project'], holds: 'number', words: [['surface'], ['m2']] },
];

const NUMBER_TYPES = new Set(['int', 'double', 'price', 'pricecy', 'select', 'radio', 'sellist', 'stars']);
const TEXT_TYPES = new Set(['varchar', 'text', 'select', 'radio', 'sellist', 'html']);

/** `Durée estimée (h)` → `duree estimee h`. */
const plainWords = (text: string): string[] =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

const says = (text: string, meaning: Meaning): boolean => {
  const words = plainWords(text);
  return meaning.words.some((group) => group.every((begin) => words.some((word) => word.startsWith(begin))));
};

function suggestFor(row: ExtrafieldRow, kind: string): MappingSuggestion[] {
  const suggestions: MappingSuggestion[] = [];
  for (const meaning of MEANINGS) {
    const types = meaning.holds === 'number' ? NUMBER_TYPES : TEXT_TYPES;
    if (!meaning.kinds.includes(kind) || !types.has(row.type)) continue;
    const [byName, byLabel] = [says(row.name, meaning), says(row.label, meaning)];
    if (!byName && !byLabel) continue;
    const what = [...(byName ? ['name'] : []), ...(byLabel ? [`label "${row.label}"`] : [])];
    suggestions.push({
      kind,
      meaning: meaning.name,
      column: row.name,
      confidence: byName && byLabel ? 1 : 0.6,
      reason: `its ${what.join(' and ')}, type ${row.type}`,
    });
  }
  return suggestions;
}

/** For each meaning the best column, the surest first; several columns of equal standing are all named. */
export function suggestMapping(rows: readonly ExtrafieldRow[]): MappingSuggestion[] {
  const all = rows.flatMap((row) => {
    const kind = KINDS[row.elementtype];
    return kind === undefined ? [] : suggestFor(row, kind);
  });
  const best = new Map<string, number>();
  for (const { kind, meaning, confidence } of all) {
    const key = `${kind} ${meaning}`;
    best.set(key, Math.max(best.get(key) ?? 0, confidence));
  }
  return all
    .filter(({ kind, meaning, confidence }) => confidence === best.get(`${kind} ${meaning}`))
    .sort(
      (a, b) =>
        b.confidence - a.confidence || a.kind.localeCompare(b.kind) || a.meaning.localeCompare(b.meaning),
    );
}
