/**
 * Appends to the log in the folder given until it is killed, and prints each number once its append is confirmed.
 * Every append holds the number in three topics and in the state.
 */
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { makeBatch } from '../../contracts/record-batches.ts';

const [dir] = process.argv.slice(2);
const { log } = await openEmbeddedLog({ dir: dir! });
for (let n = Number(await log.getState('child')) + 1; ; n++) {
  const values = [String(n).padEnd(20_000)];
  const batches = ['a', 'b', 'a'].map((topic) => makeBatch({ topic, values, keys: [String(n)] }));
  await log.append(batches, [{ owner: 'child', state: n }]);
  process.stdout.write(`${n}\n`);
}
