/** A recorded binlog in mysqlbinlog's text form, fed to a server in parts that end between transactions. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { ServerAddress } from '../support/count-changes.ts';

export interface RecordedChanges {
  /** What a session must say first: settings and the format of the events. */
  readonly preamble: string;
  /** Each ends between two transactions. */
  readonly parts: readonly { readonly text: string; readonly settings: string }[];
}

const TRANSACTION_END = /^COMMIT\/\*!\*\/;/;
const SETTING = /^(SET |use |\/\*!\\C|\/\*!\d+ SET @@session\.(?!gtid))/i;

/** Cuts the recording into parts of `perPart` transactions. */
export async function readRecordedChanges(path: string, perPart: number): Promise<RecordedChanges> {
  const parts: { text: string; settings: string }[] = [];
  const settings: string[] = [];
  let preamble: string | null = null;
  let lines: string[] = [];
  let transactions = 0;
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
    // The first transaction begins after the format event: what came before is the preamble.
    if (preamble === null && /^# at \d+/.test(line) && lines.some((text) => text.startsWith("'/*!*/;"))) {
      preamble = `${lines.join('\n')}\n`;
      lines = [];
    }
    lines.push(line);
    if (SETTING.test(line)) settings.push(line.endsWith(';') ? line : `${line}\n/*!*/;`);
    if (!TRANSACTION_END.test(line) || ++transactions < perPart) continue;
    parts.push({ text: `${lines.join('\n')}\n`, settings: settings.join('\n') });
    lines = [];
    transactions = 0;
  }
  parts.push({ text: `${lines.join('\n')}\n`, settings: '' });
  return { preamble: preamble ?? '', parts };
}

/** One client session of the server. */
export interface ReplaySession {
  /** Resolves when the server has committed all of the part. */
  play(text: string): Promise<void>;
  end(): Promise<void>;
}

/** @param opening the preamble, and for a session that begins in the middle the settings up to there. */
export function openReplay(server: ServerAddress, opening: string): ReplaySession {
  const client = spawn(
    'mariadb',
    [
      '--binary-mode',
      '--unbuffered',
      '--skip-column-names',
      '--host=127.0.0.1',
      `--port=${server.port}`,
      `--user=${server.user}`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, MYSQL_PWD: server.password } },
  );
  const answers = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  const exited = once(client, 'exit');
  let number = 0;
  client.stdin.write(opening);
  return {
    async play(text) {
      const mark = `part-${++number}`;
      client.stdin.write(`${text}\nSELECT '${mark}'/*!*/;\n`);
      for (;;) {
        const { value, done } = await answers.next();
        if (done) throw new Error('the mariadb client ended in the middle of the replay');
        if (value === mark) return;
      }
    },
    async end() {
      client.stdin.end();
      await exited;
    },
  };
}
