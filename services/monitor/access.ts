/**
 * Who may ask. A token opens everything. Without one, only programs of this machine are served: the connection comes
 * from loopback, was not passed on by a proxy, and was not made by a web page of somebody else (a page on the internet
 * can make a browser send requests to 127.0.0.1, and can give its own name that address).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { readSession } from './session-cookie.ts';
import type { User } from './users.ts';

export type Access = 'granted' | 'token-missing' | 'token-wrong';

/** A viewer reads; an operator also acts. */
export type Role = 'viewer' | 'operator';

/** The secrets that open something; null: there is none for that role. */
export interface Tokens extends Readonly<Record<Role, string | null>> {
  /** People with passwords of their own; left out: there are none. */
  readonly users?: readonly User[];
}

/** The same without what only opens reading. */
export const operatorsOf = (tokens: Tokens): Tokens => ({
  operator: tokens.operator,
  viewer: null,
  users: (tokens.users ?? []).filter(({ role }) => role === 'operator'),
});

export interface AccessRequest {
  /** Address of the peer, as the socket tells it. */
  readonly remoteAddress: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Parameters of the URL, where ClickHouse clients may put user and password. */
  readonly query: URLSearchParams;
  /** Left out: one that changes something, so that a session needs its CSRF token. */
  readonly method?: string;
}

const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

function isLoopbackAddress(address: string | undefined): boolean {
  const plain = (address ?? '').replace(/^::ffff:/i, '');
  return plain === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain);
}

/** `localhost` or an address of this machine, with or without a port. */
function isLoopbackHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || isLoopbackAddress(name.replace(/^\[(.*)\]$/, '$1'));
}

function isForeignPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  const { origin } = headers;
  return (
    origin !== undefined && origin.replace(/^https?:\/\//i, '').toLowerCase() !== headers.host?.toLowerCase()
  );
}

function basicPassword(authorization: string): string | null {
  const match = /^basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(authorization);
  if (!match) return null;
  const text = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? '' : text.slice(colon + 1);
}

/** The secret that came with the request; '' or null when there is none. */
function presentedSecret({ headers, query }: AccessRequest): string | null {
  const authorization = headers.authorization ?? '';
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(authorization)?.[1];
  const key = headers['x-clickhouse-key'];
  return (
    bearer ?? basicPassword(authorization) ?? (typeof key === 'string' ? key : null) ?? query.get('password')
  );
}

/** Compares in a time that does not depend on where the texts differ. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/** True for a request that needs no token: from this machine, and not from a page of somebody else. */
export function isLocal({ remoteAddress, headers }: AccessRequest): boolean {
  return (
    isLoopbackAddress(remoteAddress) &&
    isLoopbackHost(headers.host) &&
    !isForeignPage(headers) &&
    PROXY_HEADERS.every((name) => headers[name] === undefined)
  );
}

/** The role whose session the request carries, unless a page of somebody else made the browser send it. */
function sessionRole({ headers, method }: AccessRequest, tokens: Tokens): Role | null {
  if (isForeignPage(headers)) return null;
  const session = readSession(headers.cookie, tokens);
  if (!session) return null;
  const isSafe = method === 'GET' || method === 'HEAD';
  const given = headers['x-csrf-token'];
  return isSafe || (typeof given === 'string' && isSame(given, session.csrf)) ? session.role : null;
}

/** What the request may do, or why it may do nothing. Programs and pages of this machine may do everything. */
export function roleOf(request: AccessRequest, tokens: Tokens): Role | 'token-missing' | 'token-wrong' {
  const secret = presentedSecret(request);
  const { operator, viewer } = tokens;
  if (secret !== null && secret !== '' && (operator !== null || viewer !== null)) {
    if (operator !== null && isSame(secret, operator)) return 'operator';
    return viewer !== null && isSame(secret, viewer) ? 'viewer' : 'token-wrong';
  }
  return isLocal(request) ? 'operator' : (sessionRole(request, tokens) ?? 'token-missing');
}

/** Whether the request may have what one of the tokens opens; nobody beyond this machine may where there are none. */
export function checkAccess(request: AccessRequest, tokens: Tokens): Access {
  const role = roleOf(request, tokens);
  return role === 'operator' || role === 'viewer' ? 'granted' : role;
}

/**
 * Whether to send the page without its figures: a link in a message opens it, so where the request comes from does not
 * count. Everything the page then asks for is checked by itself.
 */
export function mayOpenPage(request: AccessRequest, tokens: Tokens): boolean {
  const headers = { ...request.headers, origin: undefined, 'sec-fetch-site': undefined };
  return checkAccess({ ...request, headers, method: 'GET' }, tokens) === 'granted';
}
