/** Asks the server. A session's CSRF token goes with every request; answers that are the same are not sent again. */
import { window } from './browser.js';

/** @type {{role: string, csrf: string | null, locale: string, secure: boolean}} */
export const session = { role: 'viewer', csrf: null, locale: 'fr', secure: false };

/** What went wrong, in the server's own words. */
export class ApiError extends Error {
  /** @param {number} status @param {string} message @param {string | undefined} fix */
  constructor(status, message, fix) {
    super(message);
    this.status = status;
    this.fix = fix;
  }
}

/** @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
async function ask(path, init = {}) {
  const headers = new window.Headers(init.headers);
  if (session.csrf) headers.set('X-CSRF-Token', session.csrf);
  const response = await window.fetch(path, { ...init, headers, credentials: 'same-origin' });
  if (response.ok) return response;
  const text = await response.text();
  let told;
  try {
    told = JSON.parse(text).error;
  } catch {
    told = { message: text.slice(0, 2000) };
  }
  throw new ApiError(response.status, told?.message ?? `HTTP ${response.status}`, told?.fix);
}

/** @param {string} path @param {AbortSignal} [signal] @returns {Promise<any>} */
export async function get(path, signal) {
  return (await ask(path, signal ? { signal } : {})).json();
}

/** @param {string} path @param {object} body @returns {Promise<any>} */
export async function post(path, body) {
  const response = await ask(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

export async function loadSession() {
  Object.assign(session, await get('/api/session'));
}

/**
 * A long action: its progress as it goes, then its report.
 * @param {string} path
 * @param {object} body
 * @param {(progress: any) => void} onProgress
 * @returns {Promise<any>}
 */
export async function follow(path, body, onProgress) {
  const response = await ask(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });
  const reader = response.body?.pipeThrough(new window.TextDecoderStream()).getReader();
  let rest = '';
  let report = null;
  for (;;) {
    const part = await reader?.read();
    if (!part || part.done) break;
    const lines = (rest + part.value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((each) => each !== '')) {
      const told = JSON.parse(line);
      if (told.error) throw new ApiError(500, told.error.message, told.error.fix);
      if (told.progress) onProgress(told.progress);
      report = told.report ?? report;
    }
  }
  if (report === null) throw new ApiError(500, 'The answer broke off', undefined);
  return report;
}

/**
 * One statement on the read-only endpoint.
 * @param {string} sql
 * @param {AbortSignal} signal
 * @returns {Promise<{meta: {name: string, type: string}[], data: any[][], rows: number}>}
 */
export async function runSql(sql, signal) {
  const parameters = new window.URLSearchParams({
    default_format: 'JSONCompact',
    max_result_rows: '1000',
    result_overflow_mode: 'break',
    output_format_json_quote_64bit_integers: '1',
  });
  const response = await ask(`/?${parameters}`, {
    method: 'POST',
    body: sql,
    signal,
    headers: { 'Content-Type': 'text/plain' },
  });
  return response.json();
}
