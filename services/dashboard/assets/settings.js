/** What the reader has chosen, kept in this browser: the language and the colours. */
import { document, window } from './browser.js';

const LANGUAGES = ['fr', 'en'];

/** @param {string} name */
function read(name) {
  try {
    return window.localStorage.getItem(name);
  } catch {
    // Some browsers refuse; then each visit begins as the first.
    return null;
  }
}

/** @param {string} name @param {string} value */
function write(name, value) {
  try {
    window.localStorage.setItem(name, value);
  } catch {
    // As above.
  }
}

export const settings = { language: 'fr', theme: 'auto' };

/** @param {string} serverLanguage that of the pipeline's alerts; the reader's own choice counts more */
export function loadSettings(serverLanguage) {
  const asked = new window.URLSearchParams(window.location.search).get('lang');
  const language = [asked, read('dolistream.language'), serverLanguage].find((each) =>
    LANGUAGES.includes(String(each)),
  );
  settings.language = language ?? 'fr';
  if (asked === language && asked !== null) write('dolistream.language', asked);
  settings.theme = read('dolistream.theme') ?? 'auto';
  apply();
}

/** @param {string} language */
export function chooseLanguage(language) {
  settings.language = language;
  write('dolistream.language', language);
  apply();
}

/** Light, dark, as the system: in turn. */
export function nextTheme() {
  const themes = ['auto', 'light', 'dark'];
  settings.theme = themes[(themes.indexOf(settings.theme) + 1) % themes.length] ?? 'auto';
  write('dolistream.theme', settings.theme);
  apply();
}

function apply() {
  document.documentElement.lang = settings.language;
  document.documentElement.dataset.theme = settings.theme;
}
