/** Takes texts out of the states that the stages have saved: what they remember may quote what they have read. */
import { eraseFromText, FORGOTTEN_OWNER, textForms } from '../../core/erasure.ts';
import type { LogEnvironment } from './log-environment.ts';
import { sealRecord, unsealRecord } from './sealed-record.ts';

/** Returns how many states said something. */
export function eraseFromStates(environment: LogEnvironment, texts: readonly string[]): Promise<number> {
  const forms = textForms(texts);
  return environment.commit((write) => {
    let changed = 0;
    for (const { key, value } of environment.tables.states.getRange()) {
      // Hashes may hold the digits of a number by chance.
      if (key === FORGOTTEN_OWNER) continue;
      const before = JSON.stringify(unsealRecord<unknown>(value, `the state of ${key}`));
      const after = eraseFromText(before, forms);
      if (after === before) continue;
      write.put(environment.tables.states, key, sealRecord(JSON.parse(after)));
      changed += 1;
    }
    return changed;
  });
}
