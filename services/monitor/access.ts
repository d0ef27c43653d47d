/**
 * Who may ask. A token opens everything. Without one, only programs of this machine are served: the connection comes
 * from loopback, was not passed on by a proxy, and was not made by a web page of somebody else (a page on the internet
 * can make a browser send requests to 127.0.0.1, and can give its own name that address).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export type Access = 'granted' | 'token-missing' | 'token-wrong';

export interface AccessRequest {
  /** Address of the peer, as the socket tells it. */
  readonly remoteAddress: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Parameters of the URL, where ClickHouse clients may put user and password. */
  readonly query: URLSearchParams;
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

/** `token`: null when none is configured; then nobody beyond this machine is served. */
export function checkAccess(request: AccessRequest, token: string | null): Access {
  const secret = presentedSecret(request);
  if (token !== null && secret !== null && secret !== '') {
    return isSame(secret, token) ? 'granted' : 'token-wrong';
  }
  return isLocal(request) ? 'granted' : 'token-missing';
}
