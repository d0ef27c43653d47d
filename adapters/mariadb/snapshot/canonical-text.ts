/**
 * One text per value for comparing source and warehouse: both sides are brought to it, each from its own way of
 * printing. Dates with a zero part, which the warehouse keeps as NULL, are null on both sides.
 */
import type { ColumnType } from '../../../core/column-type.ts';

/** Turns the selected text of a value into its canonical text; null where the value has none. */
export type Canonical = (text: Buffer) => string | null;

const ascii = (text: Buffer): string => text.toString('latin1');
const hasZero = (date: string): boolean => /^0000|-00/.test(date.slice(0, 10));

export function canonicalText(type: ColumnType): Canonical {
  switch (type.kind) {
    case 'float':
      return (text) => String(Math.fround(Number(ascii(text))));
    case 'double':
      return (text) => String(Number(ascii(text)));
    case 'int':
    case 'bit':
    case 'year':
      return (text) => BigInt(ascii(text)).toString();
    case 'date':
    case 'datetime':
    case 'timestamp':
      return (text) => (hasZero(ascii(text)) ? null : ascii(text));
    case 'decimal':
    case 'time':
      return ascii;
    case 'binary':
    case 'geometry':
      return (text) => text.toString('hex').toUpperCase();
    default:
      return (text) => text.toString('utf8');
  }
}

/** The selected text that a canonical one came of. Not of a zero date, which has none. */
export function selectedText(type: ColumnType, canonical: string | null): Buffer | null {
  if (canonical === null) return null;
  const isHex = type.kind === 'binary' || type.kind === 'geometry';
  return Buffer.from(canonical, isHex ? 'hex' : 'utf8');
}
