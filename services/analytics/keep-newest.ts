/** Drops the oldest entries of what is remembered in order, until `keep` are left. */
export function keepNewest(entries: Set<unknown> | Map<unknown, unknown>, keep: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= keep) return;
    entries.delete(key);
  }
}
