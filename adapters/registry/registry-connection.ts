/**
 * Requests to a schema registry. All of them may be repeated (registering is idempotent by its definition), so what
 * fails on the way is tried again for a bounded time. node:https instead of fetch, because fetch takes no certificate
 * authority of one's own.
 */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { DolistreamError } from '../../core/errors.ts';
import { linkSignals } from '../../core/link-signals.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { RegistryAddress } from './registry-address.ts';

export interface RegistryCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Not yet encoded. */
  readonly path: readonly string[];
  readonly query?: string;
  readonly body?: object;
}

/** What the registry said: JSON, or one of Confluent's refusals. */
export type RegistryAnswer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly status: number; readonly errorCode: number; readonly message: string };

export interface ConnectionOptions {
  readonly address: RegistryAddress;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** For one attempt, the whole answer included. */
  readonly timeoutMs: number;
  /** Attempts are repeated for this long; 0: one attempt. */
  readonly retryForMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly location: string;
  readonly text: string;
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const MAX_ANSWER_BYTES = 16 << 20;
const MAX_SHOWN = 300;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;
const MAX_SOCKETS = 8;
/** Failures of TLS or of the protocol that waiting does not mend. */
const PERMANENT = /CERT|SIGNED|UNABLE_TO|^ERR_TLS|^ERR_SSL|^EPROTO|^HPE_/;

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      const message = `The schema registry answered with more than ${MAX_ANSWER_BYTES >> 20} MB`;
      throw new DolistreamError('REGISTRY_FAILED', message, { fix: WRONG_SERVER });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const WRONG_SERVER =
  'Check the address, its path included: Apicurio has the routes under /apis/ccompat/v7, Confluent, Karapace and Redpanda at the top.';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The system's code (ECONNREFUSED, …); never the message, which may hold more than is to be shown. */
function failureCode(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return 'unknown cause';
}

export class RegistryConnection {
  readonly #options: ConnectionOptions;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #closing = new AbortController();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: MAX_SOCKETS };
    this.#agent = options.address.base.startsWith('https:')
      ? new HttpsAgent({ ...pool, ...options.tls })
      : new HttpAgent(pool);
  }

  /**
   * @throws REGISTRY_UNREACHABLE (retryable) when no answer came for the time allowed, REGISTRY_AUTH, and
   * REGISTRY_FAILED for answers that no registry gives.
   */
  async ask(call: RegistryCall): Promise<RegistryAnswer> {
    const { retryForMs, signal, logger } = this.#options;
    const endsAt = performance.now() + retryForMs;
    using stop = linkSignals(signal, this.#closing.signal);
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.#attempt(call, stop.signal);
        if (attempt > 0) logger.info({ attempts: attempt + 1 }, 'the schema registry answers again');
        return answer;
      } catch (error) {
        const waitMs = Math.min(FIRST_DELAY_MS * 2 ** attempt, MAX_DELAY_MS) * (0.5 + Math.random() / 2);
        const mayRetry = error instanceof DolistreamError && error.retryable && !stop.signal.aborted;
        if (!mayRetry || performance.now() + waitMs > endsAt) throw error;
        if (attempt === 0) logger.warn({ reason: error.message }, 'the schema registry is tried again');
        await delay(waitMs, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
  }

  /** Ends what is under way; it rejects. */
  close(): void {
    this.#closing.abort();
    this.#agent.destroy();
  }

  async #attempt(call: RegistryCall, stop: AbortSignal): Promise<RegistryAnswer> {
    const { timeoutMs, address } = this.#options;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    using bounded = linkSignals(stop, timeout.signal);
    try {
      return this.#judge(await this.#exchange(call, bounded.signal));
    } catch (error) {
      if (error instanceof DolistreamError) throw error;
      if (stop.aborted) throw this.#unreachable('stopped while waiting for its answer');
      if (timeout.signal.aborted) throw this.#unreachable(`no answer within ${timeoutMs} ms`);
      const code = failureCode(error);
      if (!PERMANENT.test(code)) throw this.#unreachable(code);
      throw new DolistreamError(
        'REGISTRY_FAILED',
        `No connection to the schema registry at ${address.base}: ${code}`,
        {
          fix: 'Check http or https in its address, and give the certificate authority that signed its certificate.',
        },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  #exchange(call: RegistryCall, signal: AbortSignal): Promise<RawAnswer> {
    const { base, authorization } = this.#options.address;
    const url = `${base}/${call.path.map(encodeURIComponent).join('/')}${call.query ? `?${call.query}` : ''}`;
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const headers = {
      accept: `${CONTENT_TYPE}, application/json`,
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined
        ? {}
        : { 'content-type': CONTENT_TYPE, 'content-length': Buffer.byteLength(body) }),
    };
    const send = base.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const outgoing = send(url, { method: call.method, headers, agent: this.#agent, signal }, (response) => {
        const { 'content-type': type = 'no content type', location = '' } = response.headers;
        collect(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, type, location, text }),
          reject,
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  #judge({ status, type, location, text }: RawAnswer): RegistryAnswer {
    const { base } = this.#options.address;
    const body = parseJson(text);
    if (status >= 200 && status < 300) {
      if (body !== undefined) return { ok: true, body };
      throw this.#failed(`answered with ${this.#shown(type)}, which is not JSON`);
    }
    const { error_code: errorCode, message } = (body ?? {}) as { error_code?: unknown; message?: unknown };
    const said = this.#shown(typeof message === 'string' ? message : '');
    const reason = said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
    if (status === 401 || status === 403) {
      throw new DolistreamError('REGISTRY_AUTH', `The schema registry at ${base} refused (${reason})`, {
        fix: 'Check user, password or token; to register, the user must be allowed to write subjects and their compatibility.',
      });
    }
    if (status >= 500 || status === 408 || status === 429) throw this.#unreachable(reason);
    const isCode = typeof errorCode === 'number' && errorCode >= 400;
    // Apicurio tells conflicts between its own callers without a code.
    if (status >= 400 && (isCode || (status === 409 && body !== undefined))) {
      return { ok: false, status, errorCode: isCode ? errorCode : status, message: said };
    }
    if (status >= 300 && status < 400) throw this.#failed(`redirects to ${this.#shown(location)}`);
    throw this.#failed(`answered as no schema registry does (${reason})`);
  }

  #unreachable(reason: string): DolistreamError {
    const message = `The schema registry at ${this.#options.address.base} does not answer: ${reason}`;
    return new DolistreamError('REGISTRY_UNREACHABLE', message, {
      fix: 'Start the registry, or check its address and the network.',
      retryable: true,
    });
  }

  #failed(what: string): DolistreamError {
    const message = `The server at ${this.#options.address.base} ${what}`;
    return new DolistreamError('REGISTRY_FAILED', message, { fix: WRONG_SERVER });
  }

  /** A text of the other side, on one line, of bounded length, without our credentials. */
  #shown(text: string): string {
    let clean = text;
    for (const secret of this.#options.address.secrets) clean = clean.replaceAll(secret, '***');
    return clean
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
      .slice(0, MAX_SHOWN);
  }
}
