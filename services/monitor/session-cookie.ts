/**
 * Sessions of browsers: a signed cookie, so that nothing has to be kept, and a change of the token ends them all. The
 * key of the signature comes of the token that was given at the login.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role, Tokens } from './access.ts';
import type { User } from './users.ts';

export interface Session {
  readonly role: Role;
  /** Of the user who logged in with a password; null for a token. */
  readonly name: string | null;
  /** Goes into the header X-CSRF-Token of every request that changes something. */
  readonly csrf: string;
}

export const SESSION_COOKIE = 'dolistream_session';
const HOURS = 12;
/** No role begins so. */
const USER_MARK = 'u~';
const ROLES: readonly Role[] = ['operator', 'viewer'];

const sign = (text: string, token: string): string =>
  createHmac('sha256', createHmac('sha256', token).update('dolistream session').digest())
    .update(text)
    .digest('base64url');

function sameText(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

/** Who logged in: the holder of a role's token, or a user. */
export type Holder = { readonly role: Role; readonly token: string } | { readonly user: User };

/** The value of Set-Cookie. `secure`: the browser came by https. */
export function sessionCookie(
  holder: Holder,
  { now, secure }: { readonly now: number; readonly secure: boolean },
): string {
  const isUser = 'user' in holder;
  const whose = isUser ? `${USER_MARK}${Buffer.from(holder.user.name).toString('base64url')}` : holder.role;
  const token = isUser ? holder.user.hash : holder.token;
  const body = `${whose}.${now + HOURS * 3_600_000}.${randomBytes(18).toString('base64url')}`;
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
  const match = /^((u~[\w-]{1,400}|[a-z]{6,8})\.(\d{1,16})\.[\w-]{24})\.([\w-]{43})$/.exec(value ?? '');
  const holder = match && findHolder(match[2]!, tokens);
  if (!match || holder === null) return null;
  const { role, name, key } = holder;
  const [, body, , expires, signature] = match;
  if (!sameText(signature!, sign(body!, key)) || Number(expires) <= now) return null;
  return { role, name, csrf: sign(`csrf ${body!}`, key) };
}

/** A user's role is what it is now: who is made a viewer is one at once, who is taken out of the file is out. */
function findHolder(
  whose: string,
  tokens: Tokens,
): { readonly role: Role; readonly name: string | null; readonly key: string } | null {
  if (whose.startsWith(USER_MARK)) {
    const name = Buffer.from(whose.slice(USER_MARK.length), 'base64url').toString();
    const user = tokens.users?.find((known) => known.name === name);
    return user ? { role: user.role, name, key: user.hash } : null;
  }
  const role = ROLES.find((known) => known === whose);
  const key = role === undefined ? null : tokens[role];
  return role === undefined || key === null ? null : { role, name: null, key };
}
