/** A real SMTP server that keeps what it got and answers as the test says. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly to: readonly string[];
  /** As it came over the wire. */
  readonly source: string;
}

export interface MailAnswers {
  /** An SMTP answer for a recipient; null: taken. */
  recipient?: (address: string) => { readonly code: number; readonly text: string } | null;
  /** An SMTP answer for a whole mail; null: taken; 'never': none comes. */
  mail?: (attempt: number) => { readonly code: number; readonly text: string } | 'never' | null;
  /** Who may log in; left out: nobody has to. */
  readonly login?: { readonly user: string; readonly password: string };
}

const answerOf = ({ code, text }: { code: number; text: string }): Error =>
  Object.assign(new Error(text), { responseCode: code });

export class MailServer implements AsyncDisposable {
  readonly received: ReceivedMail[] = [];
  readonly answers: MailAnswers;
  readonly #server: SMTPServer;
  #attempts = 0;

  private constructor(answers: MailAnswers) {
    this.answers = answers;
    this.#server = new SMTPServer({
      disabledCommands: answers.login ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
      authOptional: !answers.login,
      allowInsecureAuth: true,
      closeTimeout: 100,
      onAuth: ({ username, password }, _session, done) => {
        const isRight = username === answers.login?.user && password === answers.login?.password;
        if (isRight) done(null, { user: username });
        else done(answerOf({ code: 535, text: `no login with ${password ?? ''}` }));
      },
      onRcptTo: ({ address }, _session, done) => {
        const answer = this.answers.recipient?.(address) ?? null;
        done(answer ? answerOf(answer) : null);
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const answer = this.answers.mail?.(++this.#attempts) ?? null;
          if (answer === 'never') return;
          if (answer) return done(answerOf(answer));
          const to = session.envelope.rcptTo.map(({ address }) => address);
          this.received.push({ to, source: Buffer.concat(chunks).toString() });
          done();
        });
      },
    });
    this.#server.on('error', () => undefined); // A client that gives up breaks its connection.
  }

  static async start(answers: MailAnswers = {}): Promise<MailServer> {
    const server = new MailServer(answers);
    const listening = server.#server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    return server;
  }

  get url(): string {
    const { port } = this.#server.server.address() as AddressInfo;
    return `smtp://127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Header lines with their folds undone. */
export function headersOf({ source }: ReceivedMail): string[] {
  const head = source.slice(0, source.indexOf('\r\n\r\n'));
  return head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
}

export function headerOf(mail: ReceivedMail, name: string): string | undefined {
  const line = headersOf(mail).find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim();
}

/** The texts of the parts, their transfer encoding undone. */
export function partsOf({ source }: ReceivedMail): string[] {
  const boundary = /boundary="([^"]+)"/.exec(source)?.[1] ?? 'none';
  return source
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head, ...body] = part.split('\r\n\r\n');
      const text = body.join('\r\n\r\n');
      if (/base64/i.test(head!)) return Buffer.from(text, 'base64').toString();
      if (!/quoted-printable/i.test(head!)) return text;
      const bytes = text
        .replace(/=\r\n/g, '')
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, 'latin1').toString();
    });
}
