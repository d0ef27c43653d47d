/** Which faults happen in which order, and what became of them. */
import type { Fault, Faults } from './kinds.ts';

export interface PlannedFault {
  readonly kind: string;
  readonly cause: Fault;
  /** The how manieth of its kind, from 1. */
  readonly turn: number;
}

/** `total` faults of kinds drawn at random, or each kind `each` times in random order. */
export function planFaults(
  faults: Faults,
  amount: { readonly total: number; readonly each: number | null },
  random: () => number,
): PlannedFault[] {
  const kinds = Object.keys(faults);
  const drawn =
    amount.each === null
      ? Array.from({ length: amount.total }, () => kinds[Math.floor(random() * kinds.length)]!)
      : shuffle(
          kinds.flatMap((kind) => Array.from({ length: amount.each! }, () => kind)),
          random,
        );
  const turns = new Map<string, number>();
  return drawn.map((kind) => {
    const turn = (turns.get(kind) ?? 0) + 1;
    turns.set(kind, turn);
    return { kind, cause: faults[kind]!, turn };
  });
}

function shuffle<Item>(items: readonly Item[], random: () => number): Item[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}

/** How long the faults of each kind lasted, from their cause until all that they stopped was started again. */
export class KindTable {
  readonly #seconds = new Map<string, number[]>();

  add(kind: string, seconds: number): void {
    this.#seconds.set(kind, [...(this.#seconds.get(kind) ?? []), seconds]);
  }

  lines(): string[] {
    const width = Math.max(...[...this.#seconds.keys()].map((kind) => kind.length));
    const row = (kind: string, cells: readonly string[]): string =>
      `${kind.padEnd(width)}  ${cells.map((cell) => cell.padStart(11)).join('')}`;
    const kinds = [...this.#seconds].sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      row('kind', ['times', 'mean s', 'longest s', '>= 60 s']),
      ...kinds.map(([kind, seconds]) => {
        const mean = seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
        const long = seconds.filter((one) => one >= 60).length;
        return row(kind, [
          String(seconds.length),
          mean.toFixed(1),
          Math.max(...seconds).toFixed(1),
          String(long),
        ]);
      }),
    ];
  }
}
