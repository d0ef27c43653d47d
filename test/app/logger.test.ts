import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DolistreamError } from '../../core/errors.ts';
import { type LogOptions, type LogTarget, openLog } from '../../app/logger.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

const MIDNIGHT = Date.UTC(2026, 10, 24);
const DAY_MS = 86_400_000;

class Collector implements LogTarget {
  text = '';
  readonly isTTY: boolean;
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

function open(options: Partial<LogOptions>): ReturnType<typeof openLog> {
  return openLog({
    level: 'info',
    folder: null,
    terminal: null,
    secrets: [],
    clock: { now: () => MIDNIGHT },
    ...options,
  });
}

void describe('the log', () => {
  void it('is JSON with level and time where nobody looks', () => {
    const terminal = new Collector(false);
    open({ terminal }).logger.child({ stage: 'capture' }).info({ rows: 3 }, 'committed');
    assert.deepEqual(JSON.parse(terminal.text), {
      level: 'info',
      time: '2026-11-24T00:00:00.000Z',
      stage: 'capture',
      rows: 3,
      msg: 'committed',
    });
  });

  void it('is for reading on a terminal', () => {
    const terminal = new Collector(true);
    open({ terminal }).logger.info({ rows: 3 }, 'committed');
    assert.match(terminal.text, /INFO.*committed/s);
    assert.throws(() => JSON.parse(terminal.text) as unknown);
  });

  void it('leaves out what is below its level', () => {
    const terminal = new Collector(false);
    const { logger } = open({ terminal, level: 'warn' });
    logger.info({}, 'quiet');
    assert.equal(terminal.text, '');
  });

  void it('keeps the code, the fix and the stack of an error, and no secret of it', () => {
    const terminal = new Collector(false);
    const err = new DolistreamError('SOURCE_AUTH', 'refused mysql://u:pw123456@h/d', {
      fix: 'Use pw123456.',
    });
    open({ terminal, secrets: ['pw123456'] }).logger.error({ err }, 'pw123456');
    const line = JSON.parse(terminal.text) as {
      err: { code: string; stack: string; fix: string };
      msg: string;
    };
    assert.equal(line.err.code, 'SOURCE_AUTH');
    assert.match(line.err.stack, /logger\.test\.ts/);
    assert.equal(line.err.fix, 'Use ***.');
    assert.doesNotMatch(terminal.text, /pw123456/);
  });

  void it('starts a new file at midnight UTC and removes those older than thirty days', () => {
    using folder = makeTemporaryFolder();
    const logs = join(folder.path, 'logs');
    mkdirSync(logs);
    const old = [
      'dolistream-2026-10-24.log',
      'dolistream-2026-10-25.log',
      'dolistream-2026-10-26.log',
      'notes.txt',
    ];
    for (const name of old) writeFileSync(join(logs, name), '');
    let now = MIDNIGHT - 1;
    const log = open({ folder: logs, clock: { now: () => now } });
    log.logger.info({}, 'before');
    now = MIDNIGHT;
    log.logger.info({}, 'after');
    log.close();
    assert.deepEqual(readdirSync(logs).sort(), [
      'dolistream-2026-10-25.log',
      'dolistream-2026-10-26.log',
      'dolistream-2026-11-23.log',
      'dolistream-2026-11-24.log',
      'notes.txt',
    ]);
    assert.match(readFileSync(join(logs, 'dolistream-2026-11-23.log'), 'utf8'), /"before"/);
    assert.match(readFileSync(join(logs, 'dolistream-2026-11-24.log'), 'utf8'), /"after"/);
  });

  void it('goes on with the file of the day after a restart', () => {
    using folder = makeTemporaryFolder();
    for (const word of ['one', 'two']) {
      const log = open({ folder: folder.path, clock: { now: () => MIDNIGHT + DAY_MS } });
      log.logger.info({}, word);
      log.close();
    }
    const text = readFileSync(join(folder.path, 'dolistream-2026-11-25.log'), 'utf8');
    assert.equal(text.trimEnd().split('\n').length, 2);
  });

  void it('goes on without its file when that cannot be written', () => {
    using folder = makeTemporaryFolder();
    const blocked = join(folder.path, 'file');
    writeFileSync(blocked, '');
    const terminal = new Collector(false);
    open({ folder: join(blocked, 'logs'), terminal }).logger.info({}, 'still here');
    assert.match(terminal.text, /still here/);
    assert.equal(existsSync(join(blocked, 'logs')), false);
  });
});
