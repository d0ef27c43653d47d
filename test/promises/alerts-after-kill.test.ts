/**
 * Alerts through kill -9, to an HTTP receiver that fails, stalls, redirects and limits its rate, and to an SMTP server
 * that is busy: each alert reaches each channel; one comes twice only when its answer was lost. `ALERTS=1000` in the
 * environment is the long form.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { packagePath } from '../../app/paths.ts';
import { MailServer, headerOf } from '../adapters/mail/mail-server.ts';
import { accept, type Answer, Receiver } from '../adapters/webhook/receiver.ts';
import { AlertLog, alertOf } from '../services/alerting/alert-log.ts';

const ALERTS = Number(process.env['ALERTS'] ?? 120);
const KILLS = 3;

/** Every eighth request fails in one way or another; the others are taken. */
const moody: Answer = (response, attempt, request) => {
  switch (attempt % 40) {
    case 7:
      return void response.writeHead(503).end();
    case 15:
      return void response.writeHead(429, { 'retry-after': '0' }).end();
    case 23:
      return void response.writeHead(307, { location: '/elsewhere' }).end();
    case 31:
      return; // Stalls: the sender gives up.
    case 39:
      return void response.destroy(); // Taken or not: the sender cannot know.
    default:
      accept(response, attempt, request);
  }
};

const LOST = [31, 39];

function startChild(args: readonly string[]): ChildProcess {
  const loader = packagePath('node_modules/tsx/dist/loader.mjs');
  const script = packagePath('test/support/alerting-child.ts');
  return spawn(process.execPath, ['--import', loader, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function kill9(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

function countsOf(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

const doublesOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count - 1, 0);

void describe('alerts through kill -9', () => {
  void it('reach each channel, none is dropped, and only a lost answer doubles one', async (context) => {
    await using alerts = await AlertLog.open();
    await using receiver = await Receiver.start(moody);
    await using server = await MailServer.start({
      mail: (attempt) => (attempt % 25 === 9 ? { code: 451, text: 'busy' } : null),
    });
    const all = Array.from({ length: ALERTS }, (_, index) => alertOf(String(index + 1)));
    await alerts.raise(...all);
    const args = [await alerts.release(), receiver.url, server.url];
    for (let life = 1; life <= KILLS; life++) {
      const child = startChild(args);
      await receiver.requests(Math.floor((ALERTS * life) / (KILLS + 1)));
      await kill9(child);
    }
    const last = startChild(args);
    await once(last.stdout!, 'data');
    await kill9(last);

    const taken = receiver.received.filter((_, index) => {
      const kind = (index + 1) % 40;
      return ![7, 15, 23].includes(kind);
    });
    const counts = countsOf(
      taken.map(({ body }) => (body['data'] as { subjectId: number }).subjectId.toString()),
    );
    const lost = receiver.received.filter((_, index) => LOST.includes((index + 1) % 40)).length;
    assert.equal(counts.size, ALERTS);
    assert.ok(doublesOf(counts) <= KILLS + lost, `${doublesOf(counts)} doubles, ${lost} lost answers`);
    const mails = countsOf(server.received.map((mail) => headerOf(mail, 'Message-ID')!));
    assert.equal(mails.size, ALERTS);
    assert.ok(doublesOf(mails) <= KILLS, `${doublesOf(mails)} mails twice`);
    context.diagnostic(
      `${ALERTS} alerts, ${KILLS} kills: ${doublesOf(counts)} posts twice with ${lost} answers lost on purpose, ${doublesOf(mails)} mails twice`,
    );
  });
});
