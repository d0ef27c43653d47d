/** The page behind the link of a message: what it is about, and buttons to answer. No script, no file but this one. */
import { createHash } from 'node:crypto';
import type { DolistreamError } from '../../core/errors.ts';
import { escapeHtml } from '../../core/escape-html.ts';
import type { Message } from '../../core/ports/notifier.ts';

export interface AnswerPage {
  readonly id: string;
  readonly state: 'open' | 'acknowledged' | 'closed';
  readonly locale: 'fr' | 'en';
  readonly message: Message;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1d2430;--quiet:#5a6472;--line:#d5dae1;--paper:#fff;--accent:#1f5fa8;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf0;--quiet:#a4adba;--line:#3a4250;--paper:#161a21;--accent:#8bb8f0;--on:#10141a}}
*{box-sizing:border-box}
body{margin:0;padding:24px 16px;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:38rem;margin:0 auto}
h1{font-size:1.25rem;line-height:1.3;margin:0 0 .75rem;overflow-wrap:anywhere}
p,dd{overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0}
dt{color:var(--quiet)}dd{margin:0}
.done{border-left:4px solid var(--accent);padding-left:.75rem;font-weight:600}
form{border-top:1px solid var(--line);margin-top:1.5rem;padding-top:1rem}
label{display:block;color:var(--quiet);margin-bottom:.25rem}
input{width:100%;padding:.6rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--quiet);border-radius:6px}
.row{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:1rem}
button{min-height:44px;padding:.5rem 1rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--quiet);border-radius:6px;cursor:pointer}
button.first{background:var(--accent);border-color:var(--accent);color:var(--on)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
footer{color:var(--quiet);font-size:.85rem;margin-top:2rem}
`;

/** For the page's Content-Security-Policy. */
export const ANSWER_STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

const WORDS = {
  fr: {
    name: 'Votre nom (facultatif)',
    done: 'Merci, c’est noté.',
    question: 'Que faire de cette alerte ?',
    over: 'Ce lien ne fonctionne pas',
    actions: [
      ['acknowledge', "Je m'en occupe"],
      ['useful', 'Utile, c’est réglé'],
      ['normal', "C'est normal"],
      ['data_error', 'Erreur de saisie'],
    ],
    snooze: 'Silence 24 h pour ce dossier',
    snoozeWeek: 'Silence 7 jours pour ce dossier',
    reopen: 'Rouvrir',
  },
  en: {
    name: 'Your name (optional)',
    done: 'Thank you, it is noted.',
    question: 'What about this alert?',
    over: 'This link does not work',
    actions: [
      ['acknowledge', 'I take it'],
      ['useful', 'Useful, it is settled'],
      ['normal', 'This is normal'],
      ['data_error', 'Data error'],
    ],
    snooze: 'Silence this case for 24 h',
    snoozeWeek: 'Silence this case for 7 days',
    reopen: 'Open again',
  },
} as const;

function pageOf(locale: string, title: string, body: string): string {
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body></html>
`;
}

/** A form for each length, so that a button alone says all. */
function formOf({ state, locale }: AnswerPage, wanted: string): string {
  const words = WORDS[locale];
  const name = `<label for="by">${escapeHtml(words.name)}</label><input id="by" name="by" maxlength="80" autocomplete="name">`;
  const button = (action: string, label: string): string =>
    `<button type="submit" name="action" value="${action}"${action === wanted ? ' class="first"' : ''}>${escapeHtml(label)}</button>`;
  const buttons =
    state === 'closed'
      ? button('reopen', words.reopen)
      : words.actions.map(([action, label]) => button(action, label)).join('');
  const snooze = (hours: number, label: string): string =>
    `<form method="post"><input type="hidden" name="hours" value="${hours}">${button('snooze', label)}</form>`;
  const snoozes = state === 'closed' ? '' : snooze(24, words.snooze) + snooze(168, words.snoozeWeek);
  return `<form method="post"><h2>${escapeHtml(words.question)}</h2>${name}<div class="row">${buttons}</div></form>${snoozes}`;
}

export function answerPage(
  page: AnswerPage,
  { wanted, isDone }: { readonly wanted: string; readonly isDone: boolean },
): string {
  const { message, locale } = page;
  const facts = message.facts
    .map(({ label, value }) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('');
  const body = [
    isDone ? `<p class="done" role="status">${escapeHtml(WORDS[locale].done)}</p>` : '',
    `<h1>${escapeHtml(message.title)}</h1>`,
    ...message.paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    `<dl>${facts}</dl>`,
    formOf(page, wanted),
    `<footer>${escapeHtml(message.footer)}</footer>`,
  ];
  return pageOf(locale, message.title, body.join('\n'));
}

/** In both languages: whose link it was is not known. */
export function linkOverPage({ message, fix }: DolistreamError): string {
  const title = `${WORDS.fr.over} · ${WORDS.en.over}`;
  return pageOf(
    'fr',
    title,
    `<h1>${escapeHtml(title)}</h1><p lang="en">${escapeHtml(`${message}. ${fix ?? ''}`)}</p>`,
  );
}
