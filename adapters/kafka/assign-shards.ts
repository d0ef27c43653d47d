/** Who gets which shard, as the leader of a group of loaders decides. Pure. */

export interface ShardHolder {
  readonly memberId: string;
  /** What it works on, or has yet to finish with. */
  readonly held: readonly number[];
}

/**
 * Shards by member, as even as can be, with as few changes of hands as can be. A shard that is to change hands goes to
 * nobody for now: its holder finishes with it and asks again, and then it is free. So no shard is in two hands.
 */
export function assignShards(
  count: number,
  holders: readonly ShardHolder[],
): ReadonlyMap<string, readonly number[]> {
  const claimed = new Map<number, string>();
  // Whoever holds most keeps the odd one.
  const sorted = [...holders].sort(
    (a, b) => b.held.length - a.held.length || a.memberId.localeCompare(b.memberId),
  );
  for (const { memberId, held } of sorted) {
    for (const shard of held) if (shard < count && !claimed.has(shard)) claimed.set(shard, memberId);
  }
  const shards = Array.from({ length: count }, (_, shard) => shard);
  const free = shards.filter((shard) => !claimed.has(shard));
  const parts = new Map<string, number[]>();
  for (const [place, { memberId }] of sorted.entries()) {
    const share = Math.floor(count / sorted.length) + (place < count % sorted.length ? 1 : 0);
    const kept = shards.filter((shard) => claimed.get(shard) === memberId).slice(0, share);
    parts.set(
      memberId,
      [...kept, ...free.splice(0, share - kept.length)].sort((a, b) => a - b),
    );
  }
  return parts;
}
