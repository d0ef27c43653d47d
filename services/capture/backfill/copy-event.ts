import type { EventPlace, TransactionInfo } from '../../../core/ports/change-source.ts';
import type { SourcePosition } from '../../../core/position.ts';

/** Facts of the records that stand for a copied row rather than for a transaction. */
export function copyEvent(
  position: SourcePosition,
  serverId: number,
  timestampMs: number,
): { transaction: TransactionInfo; place: EventPlace; snapshot: boolean } {
  const gtid = position.kind === 'file' ? null : position.gtid;
  return {
    transaction: { id: gtid ?? `${position.file}:${position.offset}`, gtid, serverId },
    place: { file: position.file, offset: position.offset, timestampMs },
    snapshot: true,
  };
}
