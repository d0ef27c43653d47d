import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMailNotifier, type MailOptions } from '../../../adapters/mail/mail-notifier.ts';
import type { Delivery, Message, Notice } from '../../../core/ports/notifier.ts';
import { going, HOSTILE, noticeOf } from '../../support/notices.ts';
import { headerOf, headersOf, MailServer, partsOf } from './mail-server.ts';

const send = (
  smtpUrl: string,
  { notice = {}, message = {}, options = {} }: SendOptions = {},
): Promise<Delivery> =>
  createMailNotifier({
    ...{ smtpUrl, from: 'dolistream@firm.example', to: ['chef@firm.example'], timeoutMs: 5000 },
    ...options,
  }).notify(noticeOf(notice, message), going);

interface SendOptions {
  readonly notice?: Partial<Notice>;
  readonly message?: Partial<Message>;
  readonly options?: Partial<MailOptions>;
}

void test('a mail has text and HTML, and says that a machine wrote it', async () => {
  await using server = await MailServer.start();
  assert.deepEqual(await send(server.url), { outcome: 'delivered', receipt: { sent: true } });
  const [mail] = server.received;
  assert.deepEqual(mail!.to, ['chef@firm.example']);
  assert.equal(headerOf(mail!, 'Auto-Submitted'), 'auto-generated');
  const [text, html] = partsOf(mail!);
  assert.match(text!, /FI2611-0031 \(plomberie, Lyon\)/);
  assert.match(text!, /Client: Dupont & Fils/);
  assert.match(text!, /Je m'en occupe: https:\/\/dolistream\.example\/a\/x\?do=acknowledge/);
  assert.match(html!, /<html lang="fr">/);
  assert.match(html!, /Dupont &amp; Fils/);
});

void test('what belongs to one case is one thread, and a repeated mail has the same id', async () => {
  await using server = await MailServer.start();
  await send(server.url);
  await send(server.url);
  const receipt = { sent: true };
  await send(server.url, { notice: { receipt, id: '3f2a9c01d4e5b677.2', news: 'Nouveau : le coût' } });
  const [first, again, later] = server.received.map((mail) => ({
    id: headerOf(mail, 'Message-ID'),
    references: headerOf(mail, 'References'),
    reply: headerOf(mail, 'In-Reply-To'),
  }));
  assert.match(first!.id!, /^<[0-9a-f]{32}@firm\.example>$/);
  assert.equal(again!.id, first!.id);
  assert.equal(first!.references, undefined);
  assert.deepEqual([later!.references, later!.reply], [first!.id, first!.id]);
  assert.notEqual(later!.id, first!.id);
});

void test('texts of Dolibarr add no header, no recipient and no HTML', async () => {
  await using server = await MailServer.start();
  const hostile = {
    title: HOSTILE,
    text: HOSTILE,
    link: { label: HOSTILE, url: 'https://ok.example/"><b>' },
  };
  await send(server.url, {
    notice: { news: HOSTILE },
    message: {
      title: HOSTILE,
      paragraphs: [HOSTILE],
      facts: [{ label: HOSTILE, value: HOSTILE }],
      entries: [hostile],
      footer: HOSTILE,
    },
  });
  const [mail] = server.received;
  assert.deepEqual(mail!.to, ['chef@firm.example']);
  assert.ok(headersOf(mail!).every((line) => !/^(bcc|cc)\s*:/i.test(line)));
  assert.doesNotMatch(partsOf(mail!)[1]!, /<script|<b>|<!channel/i);
});

void test('a busy server is tried again, a mailbox that is gone is not', async () => {
  await using server = await MailServer.start();
  server.answers.mail = () => ({ code: 451, text: 'greylisted' });
  assert.deepEqual(await send(server.url), { outcome: 'retry', reason: 'SMTP 451 greylisted' });
  server.answers.mail = () => ({ code: 554, text: 'looks like spam' });
  assert.deepEqual(await send(server.url), { outcome: 'refused', reason: 'SMTP 554 looks like spam' });
  delete server.answers.mail;
  server.answers.recipient = () => ({ code: 550, text: 'no such user' });
  assert.equal((await send(server.url)).outcome, 'refused');
  server.answers.recipient = () => ({ code: 450, text: 'mailbox busy' });
  assert.equal((await send(server.url)).outcome, 'retry');
});

void test('an address that is refused beside others is told', async () => {
  await using server = await MailServer.start({
    recipient: (address) => (address.startsWith('gone') ? { code: 550, text: 'no such user' } : null),
  });
  const to = ['chef@firm.example', 'gone@firm.example'];
  assert.deepEqual(await send(server.url, { options: { to } }), {
    outcome: 'delivered',
    receipt: { sent: true },
    warning: 'The server refused 1 of 2 addresses',
  });
});

void test('a login that fails is tried again and does not show the password', async () => {
  await using server = await MailServer.start({ login: { user: 'robot', password: 'right' } });
  const withLogin = (password: string): string => server.url.replace('//', `//robot:${password}@`);
  assert.equal((await send(withLogin('right'))).outcome, 'delivered');
  const { outcome, reason } = (await send(withLogin('WRONGSECRET'))) as { outcome: string; reason: string };
  assert.equal(outcome, 'retry');
  assert.match(reason, /^SMTP 535/);
  assert.ok(!reason.includes('WRONGSECRET'), reason);
});

void test('a server that stalls or is not there is given up', async () => {
  await using server = await MailServer.start({ mail: () => 'never' });
  assert.equal((await send(server.url, { options: { timeoutMs: 100 } })).outcome, 'retry');
  assert.deepEqual(await send('smtp://127.0.0.1:1'), { outcome: 'retry', reason: 'SMTP ESOCKET' });
});

void test('an address that cannot be used is refused without being shown', () => {
  for (const smtpUrl of ['SECRET', 'http://SECRET/', 'smtp://']) {
    assert.throws(
      () => createMailNotifier({ smtpUrl, from: 'a@b.example', to: [] }),
      (error: Error & { code?: string }) =>
        error.code === 'CONFIG_INVALID' && !error.message.includes('SECRET'),
    );
  }
});
