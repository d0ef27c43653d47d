/** A stream of numbers in [0, 1) that is the same for the same seed, on every machine. */
export type RandomSource = () => number;

/** A 32-bit generator: Weyl sequence and multiplicative mix. Any integer is a seed. */
export function createRandomSource(seed: number): RandomSource {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
  };
}

/** `count` different indexes below `size`, all of them when there are no more than that. */
export function sampleIndexes(size: number, count: number, random: RandomSource): Int32Array {
  const indexes = Int32Array.from({ length: size }, (_, index) => index);
  const wanted = Math.min(size, count);
  for (let index = 0; index < wanted; index++) {
    const other = index + Math.floor(random() * (size - index));
    const held = indexes[index]!;
    indexes[index] = indexes[other]!;
    indexes[other] = held;
  }
  return indexes.subarray(0, wanted);
}
