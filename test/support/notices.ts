/** Notices as alerting gives them to channels. */
import type { Message, Notice } from '../../core/ports/notifier.ts';

export const HOSTILE = `<script>alert(1)</script> <!channel> <https://evil.example|clic> & "=cmd|' /C calc'!A1"\r\nBcc: all@evil.example\n@here *gras*`;

export function noticeOf(changes: Partial<Notice> = {}, message: Partial<Message> = {}): Notice {
  return {
    id: '3f2a9c01d4e5b677.1',
    thread: '3f2a9c01d4e5b677',
    event: 'opened',
    locale: 'fr',
    message: {
      tone: 'urgent',
      title: 'Intervention FI2611-0031 : 14 h pour 4 h prévues',
      paragraphs: ["FI2611-0031 (plomberie, Lyon) : 14 h pour 4 h prévues ; d'habitude 3 à 6 h."],
      facts: [{ label: 'Client', value: 'Dupont & Fils' }],
      entries: [],
      links: [{ label: "Je m'en occupe", url: 'https://dolistream.example/a/x?do=acknowledge' }],
      footer: 'Dolistream · intervention_hours · 3f2a9c01d4e5b677',
      ...message,
    },
    news: null,
    receipt: null,
    data: { id: '3f2a9c01d4e5b677', severity: 85 },
    ...changes,
  };
}

/** Aborts never. */
export const going = new AbortController().signal;
