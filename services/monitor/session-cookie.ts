/**
 * Sessions of browsers: a signed cookie, so that nothing has to be kept, and a change of the token ends them all. The
 * key of the signature comes of the token that was given at the login.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role, Tokens } from './access.ts';

export interface Session {
  readonly role: Role;
  /** Goes into the header X-CSRF-Token of every request that changes something. */
  readonly csrf: string;
}

export const SESSION_COOKIE = 'dolistream_session';
const HOURS = 12;
const ROLES: readonly Role[] = ['operator', 'viewer'];

const sign = (text: string, token: string): string =>
  createHmac('sha256', createHmac('sha256', token).update('dolistream session').digest())
    .update(text)
    .digest('base64url');

function sameText(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

/** The value of Set-Cookie. `secure`: the browser came by https. */
export function sessionCookie(
  role: Role,
  token: string,
  { now, secure }: { readonly now: number; readonly secure: boolean },
): string {
  const body = `${role}.${now + HOURS * 3_600_000}.${randomBytes(18).toString('base64url')}`;
  return `${SESSION_COOKIE}=${body}.${sign(body, token)}; Path=/; Max-Age=${HOURS * 3600}; ${attributes(secure)}`;
}

export const endedCookie = (secure: boolean): string =>
  `${SESSION_COOKIE}=; Path=/; Max-Age=0; ${attributes(secure)}`;

const attributes = (secure: boolean): string => `HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

/** The session of a Cookie header; null when there is none, it is over, or it was not signed with one of the tokens. */
export function readSession(cookies: string | undefined, tokens: Tokens, now = Date.now()): Session | null {
  const value = cookies
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${SESSION_COOKIE}=`))
    ?.slice(SESSION_COOKIE.length + 1);
  const match = /^(([a-z]{6,8})\.(\d{1,16})\.[\w-]{24})\.([\w-]{43})$/.exec(value ?? '');
  const role = ROLES.find((known) => known === match?.[2]);
  const token = role === undefined ? null : tokens[role];
  if (!match || role === undefined || token === null) return null;
  const [, body, , expires, signature] = match;
  if (!sameText(signature!, sign(body!, token)) || Number(expires) <= now) return null;
  return { role, csrf: sign(`csrf ${body!}`, token) };
}
