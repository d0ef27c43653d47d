/**
 * Turns rows of llx_fichinter and llx_fichinter_extrafields into what the rules need. Extrafields are free: a column may
 * be missing, of another type, or hold nonsense; such a figure counts as not known.
 */
import type { InterventionFacts } from './model.ts';
import { type ColumnReader, idOf } from './row-changes.ts';

/** The figures of the row; the intervention's own row gives ref and entity. */
export interface InterventionRow {
  readonly intervention: number;
  readonly ref: string;
  readonly entity: number;
}

export function readInterventionRow(columns: ColumnReader): InterventionRow | null {
  const intervention = idOf(columns, 'rowid');
  if (intervention === null) return null;
  return {
    intervention,
    ref: (columns.text('ref') ?? '').trim() || `#${intervention}`,
    entity: columns.number('entity') ?? 1,
  };
}

export function readFacts(columns: ColumnReader): InterventionFacts | null {
  const intervention = idOf(columns, 'fk_object');
  if (intervention === null) return null;
  const positive = (name: string): number | null => {
    const value = columns.number(name);
    return value !== null && Number.isFinite(value) && value > 0 ? value : null;
  };
  const label = (name: string): string | null => columns.text(name)?.trim().slice(0, 200) || null;
  const mark = positive('satisfaction');
  return {
    intervention,
    type: label('type_intervention'),
    city: label('ville'),
    estimatedHours: positive('duree_estimee'),
    actualHours: positive('duree_reelle'),
    satisfaction: mark !== null && Number.isInteger(mark) && mark <= 5 ? mark : null,
    cost: positive('cout'),
  };
}
