/** Datums that look like envelopes from both ends, as far as the log looks into them. */
const UNION_VALUE = 2;

/** A change of operation `op` with an image that holds `text`; `tsMs` as null or a number below 64. */
export function envelope(op: 'c' | 'd', text: string, tsMs: number | null = 1): string {
  const image = [...Buffer.from(text)];
  const images = op === 'd' ? [UNION_VALUE, ...image, 0] : [0, UNION_VALUE, ...image];
  const time = tsMs === null ? [0] : [UNION_VALUE, tsMs * 2];
  return Buffer.from([...images, 0, 2, op.charCodeAt(0), ...time]).toString('latin1');
}
