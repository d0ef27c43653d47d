/**
 * People who may log in, each with a password of his own: a line `name:role:scrypt$N$r$p$salt$hash` in a file. Only the
 * login takes passwords, since checking one is meant to be slow; programs use tokens.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { DolistreamError } from '../../core/errors.ts';
import type { Role } from './access.ts';

export interface User {
  readonly name: string;
  readonly role: Role;
  /** `scrypt$N$r$p$salt$hash`. Also the key of the user's sessions: another password ends them. */
  readonly hash: string;
}

/** About 60 ms and 32 MB for one try. */
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const MAX_COST = 2 ** 17;
const KEY_BYTES = 32;
const NAME = /^[\p{L}\p{N}._@-]{1,60}$/u;
const HASH = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,64})\$([\w-]{43})$/;
export const LEAST_PASSWORD = 10;

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

function derive(password: string, salt: string, cost: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const maxmem = 256 * cost.N * cost.r;
    scrypt(password.normalize('NFC'), salt, KEY_BYTES, { ...cost, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

export const isUserName = (name: string): boolean => NAME.test(name);

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(18).toString('base64url');
  const key = await derive(password, salt, COST);
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt}$${key.toString('base64url')}`;
}

/** Whom nobody is: its password takes as long to check as any other, so that time does not tell which names exist. */
const NOBODY = `scrypt$${COST.N}$${COST.r}$${COST.p}$${'A'.repeat(24)}$${'A'.repeat(43)}`;

/** The user of that name and password; null when one of them is wrong. */
export async function findUser(users: readonly User[], name: string, password: string): Promise<User | null> {
  const user = users.find((known) => known.name === name) ?? null;
  const [, N, r, p, salt, hash] = HASH.exec(user?.hash ?? NOBODY)!;
  const key = await derive(password, salt!, { N: Number(N), r: Number(r), p: Number(p) });
  const isSame = timingSafeEqual(key, Buffer.from(hash!, 'base64url'));
  return isSame ? user : null;
}

/** Lines of a file of users; empty ones and those that begin with # are left out. Throws CONFIG_INVALID with all that is wrong. */
export function parseUsers(text: string): readonly User[] {
  const problems: string[] = [];
  const users: User[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const [name = '', role = '', hash = ''] = line.trim().split(':');
    const where = `line ${index + 1}`;
    if (!isUserName(name)) problems.push(`${where}: the name is not one of letters, digits and . _ @ -`);
    else if (users.some((user) => user.name === name)) problems.push(`${where}: ${name} is there twice`);
    else if (role !== 'viewer' && role !== 'operator')
      problems.push(`${where}: the role is neither viewer nor operator`);
    else if (!isHash(hash)) problems.push(`${where}: the password of ${name} is not a hash of ours`);
    else users.push({ name, role, hash });
  });
  if (problems.length === 0) return users;
  throw new DolistreamError('CONFIG_INVALID', `The file of users is wrong: ${problems.join('; ')}`, {
    fix: 'Make each line with: dolistream hash-password NAME --role viewer',
  });
}

/** Bounded, since a file with a cost out of all measure would stop every login. */
function isHash(text: string): boolean {
  const [, N, r, p] = (HASH.exec(text) ?? []).map(Number);
  if (N === undefined || r === undefined || p === undefined) return false;
  return N >= 2 ** 14 && N <= MAX_COST && (N & (N - 1)) === 0 && r >= 1 && r <= 16 && p >= 1 && p <= 4;
}
