/** Comparing tables of which some are loaded by other processes: those cannot be held still, only met while they are. */
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { TableComparison } from '../services/warehouse/verify/compare-table.ts';
import type { Comparison } from '../services/warehouse/verify/verifier.ts';

export interface CompareMovingRequest {
  readonly log: ChangeLog;
  readonly compare: (tables: readonly string[]) => Promise<Comparison>;
  readonly tables: readonly string[];
  readonly topicOf: (table: string) => string;
  /** True when this process loads the topic and holds it during a comparison. */
  readonly isHeld: (topic: string) => boolean;
}

const ATTEMPTS = 5;

/** A table that differs, is not held and changed meanwhile is compared again; if it never rests it is left out. */
export async function compareMoving(request: CompareMovingRequest): Promise<Comparison> {
  const { log, topicOf, isHeld } = request;
  const settled: TableComparison[] = [];
  for (let attempt = 1, { tables } = request; ; attempt++) {
    const before = await topicEnds(log);
    const comparison = await request.compare(tables);
    const after = await topicEnds(log);
    const isMoving = ({ table, equal }: TableComparison): boolean => {
      const topic = topicOf(table);
      return !equal && !isHeld(topic) && before.get(topic) !== after.get(topic);
    };
    settled.push(...comparison.tables.filter((table) => !isMoving(table)));
    tables = comparison.tables.filter(isMoving).map(({ table }) => table);
    if (tables.length > 0 && attempt < ATTEMPTS) continue;
    const reason = `changed while it was compared, ${ATTEMPTS} times, and another process loads it`;
    return {
      ...comparison,
      equal: settled.every(({ equal }) => equal),
      tables: settled.sort((a, b) => a.table.localeCompare(b.table)),
      leftOut: [...comparison.leftOut, ...tables.map((table) => ({ table, reason }))],
    };
  }
}

async function topicEnds(log: ChangeLog): Promise<ReadonlyMap<string, number>> {
  return new Map((await log.topics()).map(({ topic, nextOffset }) => [topic, nextOffset]));
}
