/** The line that says whether the figures match Dolibarr, and the button that finds out. */
import { follow } from './api.js';
import { h } from './dom.js';
import * as format from './format.js';
import { live } from './live.js';
import { t } from './words.js';

/** @type {{is: boolean, done: number, error: string | null}} */
const running = { is: false, done: 0, error: null };

/** @param {() => void} redraw */
async function compare(redraw) {
  Object.assign(running, { is: true, done: 0, error: null });
  redraw();
  try {
    await follow('/api/verify', {}, ({ done }) => {
      if (done) running.done++;
      redraw();
    });
  } catch (error) {
    running.error = /** @type {Error} */ (error).message;
  }
  running.is = false;
  redraw();
}

/** @param {() => void} redraw @param {boolean} mayRun */
export function verifyLine(redraw, mayRun) {
  const verify = live.status?.verify ?? null;
  const mood = verify === null ? 'calm' : verify.equal ? 'good' : 'bad';
  const title =
    verify === null ? t('neverVerified') : verify.equal ? t('verifiedEqual') : t('verifiedDifferent');
  const detail =
    verify === null
      ? t('neverVerifiedWhy')
      : verify.equal
        ? t('verifiedAt', {
            when: format.when(verify.at),
            tables: format.number(verify.tables),
            rows: format.number(verify.rows),
          })
        : verify.different.join(', ');
  return h(
    'div',
    { class: 'verify' },
    h('span', { class: `dot ${mood}`, 'aria-hidden': 'true' }),
    h('p', null, h('strong', null, title), ' ', h('span', { class: 'why' }, running.error ?? detail)),
    mayRun
      ? h(
          'button',
          { type: 'button', class: 'quiet', disabled: running.is, onclick: () => void compare(redraw) },
          running.is ? t('verifying', { done: running.done }) : t('verifyNow'),
        )
      : null,
  );
}
