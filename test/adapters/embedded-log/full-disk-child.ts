/** Appends until the disk takes no more, makes room by trimming, appends again, and prints what happened as JSON. */
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import type { DolistreamError } from '../../../core/errors.ts';
import { makeBatch } from '../../contracts/record-batches.ts';

const [dir] = process.argv.slice(2);
const { log, close } = await openEmbeddedLog({ dir: dir! });
const append = (n: number): Promise<void> =>
  log.append(
    [
      makeBatch({ topic: 'small', values: [String(n)] }),
      makeBatch({ topic: 'big', values: ['x'.repeat(500_000)] }),
    ],
    [{ owner: 'child', state: n }],
  );

let appended = 0;
let failure: DolistreamError | undefined;
while (!failure) {
  try {
    await append(appended + 1);
    appended += 1;
  } catch (error) {
    failure = error as DolistreamError;
  }
}
const { code, retryable, fix } = failure;
const state = await log.getState('child');
const offsets = (await log.topics()).map((topic) => topic.nextOffset);
await log.trim({ maxBytes: 1_000_000, maxAgeMs: null, keepAfter: [] });
await append(appended + 1);
process.stdout.write(
  JSON.stringify({ code, retryable, fix, appended, state, offsets, after: await log.getState('child') }),
);
await close();
