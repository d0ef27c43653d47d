/**
 * Links by which whoever got a message answers it. A link is for one case until it expires and cannot be made without
 * the key; it holds no secret of the firm. Reading it changes nothing: mail scanners open every link.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DolistreamError } from '../../core/errors.ts';

export interface LinkClaims {
  readonly case: string;
  /** Milliseconds since epoch. */
  readonly expires: number;
}

const SEPARATOR = '.';
const MAX_TOKEN = 200;

function signature(key: Buffer, body: string): Buffer {
  return createHmac('sha256', key).update(`dolistream-answer-1\n${body}`).digest();
}

/** ASCII that a URL takes as it is. */
export function signLink(key: Buffer, claims: LinkClaims): string {
  const body = `${claims.case}${SEPARATOR}${Math.floor(claims.expires / 1000).toString(36)}`;
  return `${body}${SEPARATOR}${signature(key, body).toString('base64url')}`;
}

/** Throws ACCESS_DENIED for a link that was not made with this key, or is over. */
export function readLink(key: Buffer, token: string, now: number): LinkClaims {
  const at = token.lastIndexOf(SEPARATOR);
  const body = token.slice(0, Math.max(0, at));
  const given = Buffer.from(token.slice(at + 1), 'base64url');
  const wanted = signature(key, body);
  if (token.length > MAX_TOKEN || given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new DolistreamError('ACCESS_DENIED', 'This link was not made here, or was changed', {
      fix: 'Open the link of the message itself, whole.',
    });
  }
  const [id, seconds] = body.split(SEPARATOR);
  const expires = Number.parseInt(seconds!, 36) * 1000;
  if (expires >= now) return { case: id!, expires };
  throw new DolistreamError('ACCESS_DENIED', 'This link is over', {
    fix: 'Answer in the dashboard, or with: dolistream alerts list, dolistream alerts answer.',
  });
}
