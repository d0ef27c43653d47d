import type { Notifier } from '../../core/ports/notifier.ts';

/** Control characters would let a text from Dolibarr move the cursor or forge lines. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;

/** One line for each piece of news. `write` gets the line without its end. */
export function createConsoleNotifier(write: (line: string) => void): Notifier {
  return {
    name: 'console',
    kind: 'console',
    wants: 'news',
    notify({ message, news, data }) {
      const { severity } = Object(data) as { severity?: unknown };
      const text = message.paragraphs[0] ?? message.title;
      const said = news === null ? text : `${news} ${text}`;
      const sign = typeof severity === 'number' ? `[${severity}] ` : '';
      write(`${sign}${said.replace(CONTROLS, ' ')}`);
      return Promise.resolve({ outcome: 'delivered' });
    },
  };
}
