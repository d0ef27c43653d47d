import type { Notifier } from '../../core/ports/notifier.ts';

/** Control characters would let a text from Dolibarr move the cursor or forge lines. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;

/** One line per alert: severity and explanation. `write` gets the line without its end. */
export function createConsoleNotifier(write: (line: string) => void): Notifier {
  return {
    name: 'console',
    notify(alert) {
      const text = alert.explanation.replace(CONTROLS, ' ');
      write(`[${alert.severity}] ${text}`);
      return Promise.resolve({ outcome: 'delivered' });
    },
  };
}
