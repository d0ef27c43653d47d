/** Numbers in saved memory: 32-bit floats, low byte first, in base64. */
export const packFloats = (values: readonly number[]): string =>
  Buffer.from(Float32Array.from(values).buffer).toString('base64');

export function unpackFloats(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
}
