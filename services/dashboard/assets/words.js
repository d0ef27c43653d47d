/** Every word of the pages, in the chosen language. */
import { settings } from './settings.js';
import { ENGLISH } from './words-en.js';
import { FRENCH } from './words-fr.js';

/** @typedef {keyof typeof FRENCH} Word */

/**
 * @param {Word} word
 * @param {Record<string, string | number>} [values] for {names} in the text
 */
export function t(word, values = {}) {
  const text = (settings.language === 'en' ? ENGLISH : FRENCH)[word];
  return text.replace(/\{(\w+)\}/g, (_match, name) => String(values[name] ?? ''));
}

/** A word for what the server names, or the name itself. @param {string} kind @param {string} name */
export function named(kind, name) {
  const key = /** @type {Word} */ (`${kind}.${name}`);
  return key in FRENCH ? t(key) : name;
}

/** @param {number} count @param {Word} one @param {Word} many */
export const plural = (count, one, many) =>
  t(count === 1 || (count === 0 && settings.language === 'fr') ? one : many);
