/** E-mail by SMTP: what belongs to one case is one thread in every mail program (References). */
import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { DolistreamError } from '../../core/errors.ts';
import type { Delivery, Notice, Notifier } from '../../core/ports/notifier.ts';
import { headerLine, mailBody } from './mail-body.ts';

export interface MailOptions {
  /** smtp://user:password@host:port, or smtps:// for TLS from the first byte; a secret. */
  readonly smtpUrl: string;
  /** PEM of the certificate authority of the server; Node's own when left out. */
  readonly ca?: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Unique among notifiers; `mail` by default. */
  readonly name?: string;
  /** For connecting, greeting and each silence of the server, ms. */
  readonly timeoutMs?: number;
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | null;
}

interface SmtpError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
}

const TIMEOUT_MS = 15_000;
const SUBMISSION_PORT = 587;
const SMTPS_PORT = 465;
const MAX_REASON = 200;

/** Throws CONFIG_INVALID without showing the address, which may hold a password. */
function parseServer(text: string): Server {
  const url = URL.canParse(text) ? new URL(text) : null;
  const secure = url?.protocol === 'smtps:';
  if (!url || (url.protocol !== 'smtp:' && !secure) || url.hostname === '') {
    throw new DolistreamError('CONFIG_INVALID', 'The SMTP address (not shown) is not one', {
      fix: 'Give smtp://user:password@mail.example:587, or smtps://… for port 465; encode signs such as @ in the password.',
    });
  }
  const port = url.port === '' ? (secure ? SMTPS_PORT : SUBMISSION_PORT) : Number(url.port);
  const user = decodeURIComponent(url.username);
  const auth = user === '' ? null : { user, pass: decodeURIComponent(url.password) };
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, secure, auth };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.');

/** The same for each attempt, so that mail programs show a repeated mail once. */
function messageId(text: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(from)?.[1] ?? 'dolistream.invalid';
  return `<${createHash('sha256').update(text).digest('hex').slice(0, 32)}@${domain}>`;
}

function failureOf(error: unknown, secrets: readonly string[]): Delivery {
  const { code, responseCode, response, command } = Object(error) as SmtpError;
  let said = typeof response === 'string' ? response : typeof code === 'string' ? code : 'unknown cause';
  for (const secret of secrets.filter((each) => each !== '')) said = said.replaceAll(secret, '***');
  const reason = `SMTP ${headerLine(said, MAX_REASON)}`;
  // A login that fails is for the operator to mend; a message or a mailbox that is refused stays so.
  const isForGood = typeof responseCode === 'number' && responseCode >= 500 && code !== 'EAUTH';
  const isOfMessage = code === 'EENVELOPE' || code === 'EMESSAGE' || command === 'DATA';
  return { outcome: isForGood && isOfMessage ? 'refused' : 'retry', reason };
}

/** Throws CONFIG_INVALID for an address it cannot use. */
export function createMailNotifier(options: MailOptions): Notifier {
  const server = parseServer(options.smtpUrl);
  const { ca, from, to, name = 'mail', timeoutMs = TIMEOUT_MS } = options;
  const connect = () =>
    createTransport({
      ...{ host: server.host, port: server.port, secure: server.secure },
      ...(server.auth ? { auth: server.auth, requireTLS: !server.secure && !isLoopback(server.host) } : {}),
      ...(ca === undefined ? {} : { tls: { ca } }),
      ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
      ...{ disableFileAccess: true, disableUrlAccess: true },
    });
  const mailOf = (notice: Notice) => {
    const first = messageId(`${name}\n${notice.thread}`, from);
    const isFirst = notice.receipt === null;
    return {
      ...mailBody(notice.message, notice.news, notice.locale),
      ...{ from, to: [...to], messageId: isFirst ? first : messageId(`${name}\n${notice.id}`, from) },
      ...(isFirst ? {} : { inReplyTo: first, references: [first] }),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Dolistream-Notice': notice.id },
    };
  };
  return {
    ...{ name, kind: 'mail', wants: 'news' },
    notify: async (notice, signal) => {
      const transport = connect();
      const stop = (): void => transport.close();
      signal.addEventListener('abort', stop, { once: true });
      try {
        const { rejected } = await transport.sendMail(mailOf(notice));
        const warning = `The server refused ${rejected.length} of ${to.length} addresses`;
        return { outcome: 'delivered', receipt: { sent: true }, ...(rejected.length > 0 && { warning }) };
      } catch (error) {
        if (signal.aborted) return { outcome: 'retry', reason: 'stopped while sending' };
        return failureOf(error, server.auth ? [server.auth.pass] : []);
      } finally {
        signal.removeEventListener('abort', stop);
        transport.close();
      }
    },
  };
}
