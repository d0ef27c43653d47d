/** Datums back to back with the end of each, as a RecordBatch holds its keys and values. */
export function packDatums(datums: readonly Uint8Array[]): {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
} {
  const ends = new Uint32Array(datums.length);
  let end = 0;
  datums.forEach((datum, index) => (ends[index] = end += datum.length));
  const bytes = new Uint8Array(end);
  datums.forEach((datum, index) => bytes.set(datum, ends[index]! - datum.length));
  return { bytes, ends };
}
