/** What is to be taken out of every store so that nobody can tell any more who somebody was. */

export interface Erasure {
  /** Table of the source with the person's own row, and the row's key there (`rowid`). */
  readonly table: string;
  readonly record: number;
  /** Columns of that row that say who it is. */
  readonly columns: readonly string[];
  /** Texts that mean this person wherever they stand: names, addresses, numbers; the longest first. */
  readonly texts: readonly string[];
}

/** Under this name the change log keeps who was forgotten (services/privacy/forgotten.ts): hashes, never texts. */
export const FORGOTTEN_OWNER = 'privacy';

/** Stands where something was erased. */
export const ERASED = '(erased)';

/** How a text stands inside a JSON text: as JavaScript writes it, and as ClickHouse does, which escapes slashes. */
function jsonForms(text: string): string[] {
  const inside = JSON.stringify(text).slice(1, -1);
  return [inside, inside.replaceAll('/', '\\/')];
}

/** Every form in which the texts may stand, the longest first, so that no part of one is left. */
export function textForms(texts: readonly string[]): readonly string[] {
  const forms = new Set(texts.flatMap((text) => [text, ...jsonForms(text)]));
  return [...forms].filter((form) => form !== '').sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

/** The text without what is erased. */
export function eraseFromText(text: string, forms: readonly string[]): string {
  return forms.reduce((rest, form) => rest.replaceAll(form, ERASED), text);
}
