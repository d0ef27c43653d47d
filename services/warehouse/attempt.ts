/**
 * Which inserts bring a run of records in, whatever an earlier attempt did.
 *
 * ClickHouse counts an insert once by its token, also when an attempt whose answer was lost still runs. But it notes the token
 * before the part has its name, so a kill -9 in between leaves a token without rows. What is repeated is therefore
 * inserted once more after that, and then only what is not there. A replay inserts what is not there from the
 * beginning: the first load had the tokens.
 */
import type { AvroSource } from '../../core/ports/warehouse.ts';
import type { InsertPlan, OffsetRange } from './table-plan.ts';

export interface Attempt {
  /** An earlier attempt may have inserted any part. */
  readonly isRepeated: boolean;
  /** Number of the replay that it belongs to; null: the records are loaded for the first time. */
  readonly replay: number | null;
}

export interface Turn {
  /** Makes the token of this turn another one. */
  readonly mark: string;
  /** Only what is not there goes in. */
  readonly isConditional: boolean;
}

/** One insert after the other. */
export function turnsOf({ isRepeated, replay }: Attempt): readonly Turn[] {
  const name = replay === null ? '' : `:replay-${replay}`;
  const first = { mark: name, isConditional: replay !== null };
  return isRepeated ? [first, { mark: `${name}:again`, isConditional: true }] : [first];
}

/** Names what is inserted: the same records always have the same token, alone or with others. */
const tokenOf = ({ topic, partition, first, end }: OffsetRange, { mark }: Turn): string =>
  `${topic}:${partition}:${first}-${end}${mark}`;

/** Rows that change nothing where they are in need no token then: they are inserted whatever it says. */
export function onceOnly(
  plan: InsertPlan,
  range: OffsetRange,
  turn: Turn,
): Pick<AvroSource, 'token' | 'where'> {
  if (!turn.isConditional) return { token: tokenOf(range, turn) };
  return plan.absent === null ? { token: null } : { token: tokenOf(range, turn), where: plan.absent };
}
