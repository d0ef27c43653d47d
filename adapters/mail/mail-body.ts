/** A message as e-mail: plain text, and HTML of tables with styles in place, which every mail program shows. */
import { escapeHtml } from '../../core/escape-html.ts';
import type { Message, MessageEntry, MessageLink, Tone } from '../../core/ports/notifier.ts';

export interface MailBody {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const MAX_SUBJECT = 150;

/** Headers are one line; what would end them, or turn the text round, becomes a space. */
export const headerLine = (text: string, max = MAX_SUBJECT): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim()
    .slice(0, max)
    .replace(/[\ud800-\udbff]$/, '');

const COLOURS: Readonly<Record<Tone, string>> = {
  urgent: '#b3261e',
  warning: '#9a5b00',
  notice: '#1f5fa8',
  good: '#2e6b34',
  plain: '#444444',
};

const linkHtml = ({ label, url }: MessageLink): string =>
  `<a href="${escapeHtml(url)}" style="color:#1f5fa8;margin-right:16px">${escapeHtml(label)}</a>`;

function entryHtml({ title, text, link }: MessageEntry): string {
  const more = link ? `<br>${linkHtml(link)}` : '';
  return `<p style="margin:12px 0;border-top:1px solid #dddddd;padding-top:12px"><strong>${escapeHtml(title)}</strong><br>${escapeHtml(text)}${more}</p>`;
}

function factsHtml({ facts }: Message): string {
  if (facts.length === 0) return '';
  const rows = facts.map(
    ({ label, value }) =>
      `<tr><td style="color:#666666;padding:2px 16px 2px 0;vertical-align:top">${escapeHtml(label)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table role="presentation" style="margin:12px 0;border-collapse:collapse">${rows.join('')}</table>`;
}

function htmlOf(message: Message, news: string | null, locale: string): string {
  const { tone, title, paragraphs, entries, links, footer } = message;
  const lead = news === null ? '' : `<p style="margin:8px 0"><strong>${escapeHtml(news)}</strong></p>`;
  return [
    `<!doctype html><html lang="${locale}"><body style="margin:0;padding:16px;background:#ffffff;color:#222222;font:15px/1.5 Helvetica,Arial,sans-serif">`,
    `<div style="max-width:640px;border-left:4px solid ${COLOURS[tone]};padding-left:16px">`,
    `<h1 style="font-size:18px;margin:0 0 8px;color:${COLOURS[tone]}">${escapeHtml(title)}</h1>`,
    lead,
    ...paragraphs.map((paragraph) => `<p style="margin:8px 0">${escapeHtml(paragraph)}</p>`),
    factsHtml(message),
    ...entries.map(entryHtml),
    links.length > 0 ? `<p style="margin:16px 0">${links.map(linkHtml).join('')}</p>` : '',
    `<p style="color:#666666;font-size:12px">${escapeHtml(footer)}</p></div></body></html>`,
  ].join('\n');
}

function textOf({ title, paragraphs, facts, entries, links, footer }: Message, news: string | null): string {
  const list = entries.map((entry) =>
    [`- ${entry.title}`, `  ${entry.text}`, ...(entry.link ? [`  ${entry.link.url}`] : [])].join('\n'),
  );
  const parts = [
    ...[title, ...(news === null ? [] : [news]), ...paragraphs],
    facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    ...[...list, links.map(({ label, url }) => `${label}: ${url}`).join('\n'), `-- \n${footer}`],
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

export function mailBody(message: Message, news: string | null, locale: 'fr' | 'en'): MailBody {
  return {
    subject: headerLine(`[Dolistream] ${message.title}`),
    text: textOf(message, news),
    html: htmlOf(message, news, locale),
  };
}
