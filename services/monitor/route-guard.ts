/** What groups of routes share: who asks, whether he may, what he sent, and whether he still waits. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DolistreamError } from '../../core/errors.ts';
import { type AccessRequest, type Tokens, checkAccess, operatorsOf } from './access.ts';

const FIX =
  'Send `Authorization: Bearer TOKEN` with the token of DOLISTREAM_HTTP_TOKEN, or ask from this machine.';

export const callerOf = ({ headers, method, raw }: FastifyRequest): AccessRequest => ({
  ...{ remoteAddress: raw.socket.remoteAddress, headers, method },
  query: new URLSearchParams(),
});

/** The same as one who changes something, whatever the method: a session needs its CSRF token then. */
export const changerOf = ({ headers, raw }: FastifyRequest): AccessRequest => ({
  ...{ remoteAddress: raw.socket.remoteAddress, headers },
  query: new URLSearchParams(),
});

/** Throws ACCESS_DENIED unless one of the tokens opens this to the caller. */
export function requireAccess(caller: AccessRequest, tokens: Tokens, fix = FIX): void {
  if (checkAccess(caller, tokens) === 'granted') return;
  throw new DolistreamError('ACCESS_DENIED', 'This needs a token', { fix });
}

/** Reading is for everybody who holds a token, acting for operators. */
export function requireRole(request: FastifyRequest, tokens: Tokens): void {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  requireAccess(callerOf(request), isRead ? tokens : operatorsOf(tokens));
}

/** A body, as the text that came: a JSON object, or nothing, which is `{}`. Throws CONFIG_INVALID with the fix. */
export function readObject(body: unknown, fix: string): Readonly<Record<string, unknown>> {
  const text = typeof body === 'string' ? body.trim() : '';
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
  } catch {
    // Told below, together with JSON that is no object.
  }
  throw new DolistreamError('CONFIG_INVALID', 'The body is not a JSON object', { fix });
}

/** Aborts when the connection closes before the answer. */
export function whileConnected(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
