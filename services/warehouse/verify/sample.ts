/**
 * Which part of a table a sampled comparison looks at: ranges of its first key column of equal width, drawn at random from
 * a seed. Any one row is in the sample with the probability `share`, so that is the chance of finding it when it differs.
 */
import { createHash } from 'node:crypto';
import type { KeyRange } from '../../../core/ports/change-source.ts';

export interface Sampling {
  readonly amount:
    | { readonly percent: number }
    /** Of each table, about. */
    | { readonly rows: number };
  /** The same seed draws the same ranges of the same table. */
  readonly seed: number;
}

export interface KeySpan {
  readonly first: bigint;
  readonly last: bigint;
  /** How many rows there are about. */
  readonly rows: number;
}

export interface Sample {
  readonly ranges: readonly KeyRange[];
  /** 0 to 1. */
  readonly share: number;
}

const ROWS_PER_RANGE = 500;
const MAX_RANGES = 100_000;

export function drawSample(table: string, span: KeySpan, { amount, seed }: Sampling): Sample {
  const width = span.last - span.first + 1n;
  const perRange = 'rows' in amount ? Math.min(ROWS_PER_RANGE, amount.rows) : ROWS_PER_RANGE;
  const wanted = Math.max(1, Math.min(MAX_RANGES, Math.ceil(span.rows / perRange)));
  const count = Number(width < BigInt(wanted) ? width : BigInt(wanted));
  const part = 'rows' in amount ? amount.rows / Math.max(1, span.rows) : amount.percent / 100;
  const drawn = draw(count, Math.min(count, Math.max(1, Math.ceil(count * part))), randomOf(table, seed));
  const edge = (index: number): bigint => span.first + (width * BigInt(index)) / BigInt(count);
  return {
    ranges: drawn.map((index) => ({ first: String(edge(index)), last: String(edge(index + 1) - 1n) })),
    share: drawn.length / count,
  };
}

/** So many different numbers below `count`, in order: each as likely as any other. */
function draw(count: number, size: number, random: () => number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  for (let at = 0; at < size; at++) {
    const other = at + Math.floor(random() * (count - at));
    [numbers[at], numbers[other]] = [numbers[other]!, numbers[at]!];
  }
  return numbers.slice(0, size).sort((a, b) => a - b);
}

/** Numbers from 0 to below 1: 48 bits of a hash over a counter. */
function randomOf(table: string, seed: number): () => number {
  let counter = 0;
  return () => createHash('md5').update(`${seed}:${table}:${counter++}`).digest().readUIntBE(0, 6) / 2 ** 48;
}
