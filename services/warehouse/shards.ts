/**
 * How loaders share the work: by table. Every topic belongs to one shard, and a shard is loaded by one process at a time,
 * so what must keep its order (rows, TRUNCATE and DDL of one table) is in one hand.
 */
export interface Shard {
  /** 0 to `count` - 1. */
  readonly index: number;
  /** Fixed for a log: with another number topics would change hands in the middle of their work. */
  readonly count: number;
}

export const ONLY_SHARD: Shard = { index: 0, count: 1 };

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over the name's bytes, with its bits mixed: names that differ at the end only must not share the low bits. */
function hashName(name: string): number {
  let hash = FNV_BASIS;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The shard that loads the topic. Must never change: the states of all shards depend on it. */
export const shardOf = (topic: string, count: number): number => hashName(topic) % count;

/** Owners of the states of a shard's lanes in the log; retention keeps what either has not passed. */
export function shardOwners({ index, count }: Shard): { readonly mirror: string; readonly raw: string } {
  const suffix = count === 1 ? '' : `.${index}`;
  return { mirror: `warehouse${suffix}`, raw: `warehouse-raw${suffix}` };
}
