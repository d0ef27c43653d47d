/** Counts that vary more than by chance: the negative binomial, given by mean and variance over mean. */

/** Below this a distribution is as good as Poisson. */
const POISSON = 1.000_01;
const MOST = 100_000;

/** Probabilities of 0, 1, 2, … one after the other; `ratio` is variance over mean. */
function* probabilities(mean: number, ratio: number): Generator<number> {
  if (ratio <= POISSON) {
    let probability = Math.exp(-mean);
    for (let count = 0; ; count++) {
      yield probability;
      probability *= mean / (count + 1);
    }
  }
  const size = mean / (ratio - 1);
  const failure = 1 - 1 / ratio;
  let probability = ratio ** -size;
  for (let count = 0; ; count++) {
    yield probability;
    probability *= ((size + count) / (count + 1)) * failure;
  }
}

/** The smallest count that demand stays at or under with this probability. Mean at least 0, share below 1. */
export function countQuantile(share: number, mean: number, ratio: number): number {
  if (mean <= 0) return 0;
  if (mean > 500) return wideQuantile(share, mean, ratio);
  let total = 0;
  let count = 0;
  for (const probability of probabilities(mean, ratio)) {
    total += probability;
    if (total >= share || count >= MOST) break;
    count++;
  }
  return count;
}

/** For large means, where the first probabilities underflow: the cube of a normal (Wilson and Hilferty). */
function wideQuantile(share: number, mean: number, ratio: number): number {
  const shape = mean / Math.max(1, ratio);
  const cube = 1 - 1 / (9 * shape) + normalQuantile(share) / (3 * Math.sqrt(shape));
  return Math.max(0, Math.ceil(mean * cube ** 3 - 0.5));
}

/** Share of counts at or under `count`. */
export function countShare(count: number, mean: number, ratio: number): number {
  if (mean <= 0) return 1;
  if (mean > 500) return wideShare(count, mean, ratio);
  let total = 0;
  let at = 0;
  for (const probability of probabilities(mean, ratio)) {
    if (at > count) break;
    total += probability;
    at++;
  }
  return Math.min(1, total);
}

function wideShare(count: number, mean: number, ratio: number): number {
  const shape = mean / Math.max(1, ratio);
  const cube = Math.cbrt((count + 0.5) / mean);
  return normalShare((cube - 1 + 1 / (9 * shape)) * 3 * Math.sqrt(shape));
}

/** Share of a standard normal under `z`, to 7 digits (Abramowitz and Stegun 26.2.17). */
export function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}

/** The standard normal's quantile by bisection; share between 0 and 1. */
export function normalQuantile(share: number): number {
  let low = -8;
  let high = 8;
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
