/** Logging in with a token or a password and out again, for browsers beyond this machine. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { roleOf, type Tokens } from './access.ts';
import { sendLogin } from './login-page.ts';
import { endedCookie, type Holder, sessionCookie } from './session-cookie.ts';
import { findUser } from './users.ts';

export interface SessionContext {
  readonly tokens: Tokens;
  readonly locale: 'fr' | 'en';
}

/** Tries a minute from one address. */
const MAX_LOGINS = 10;
/** Longer ones are no passwords. */
const MAX_FIELD = 500;

/** True when the browser's way here is encrypted: by us, or by the proxy in front of us. */
export function isSecure(request: FastifyRequest): boolean {
  const proxied = request.headers['x-forwarded-proto'];
  return request.protocol === 'https' || proxied === 'https';
}

/** A page of somebody else must not log anybody in or out. */
const isOwnPage = (request: FastifyRequest): boolean => {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || origin.replace(/^https?:\/\//i, '').toLowerCase() === host?.toLowerCase();
};

export function addSessionRoutes(app: FastifyInstance, { tokens, locale }: SessionContext): void {
  app.post(
    '/login',
    { config: { rateLimit: { max: MAX_LOGINS, timeWindow: '1 minute', allowList: [] } } },
    logIn,
  );
  app.post('/logout', (request, reply) =>
    isOwnPage(request)
      ? reply
          .code(303)
          .headers({ Location: '/', 'Set-Cookie': endedCookie(isSecure(request)) })
          .send()
      : reply.code(403).send(),
  );

  async function logIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!isOwnPage(request)) return reply.code(403).send();
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const [name, given] = ['user', 'token'].map((field) =>
      (form.get(field) ?? '').trim().slice(0, MAX_FIELD),
    );
    const holder = name === '' ? holderOf(given!, tokens) : await userOf(name!, given!, tokens);
    if (holder === null) return sendLogin(reply, { locale, wrong: true, users: asksForName(tokens) });
    const cookie = sessionCookie(holder, { now: Date.now(), secure: isSecure(request) });
    return reply.code(303).headers({ Location: '/', 'Set-Cookie': cookie }).send();
  }
}

function holderOf(token: string, tokens: Tokens): Holder | null {
  const asked = {
    remoteAddress: undefined,
    headers: { authorization: `Bearer ${token}` },
    query: new URLSearchParams(),
  };
  const role = roleOf(asked, tokens);
  return role === 'operator' || role === 'viewer' ? { role, token: tokens[role]! } : null;
}

async function userOf(name: string, password: string, tokens: Tokens): Promise<Holder | null> {
  const user = await findUser(tokens.users ?? [], name, password);
  return user && { user };
}

/** Whether people have names here, or only tokens. */
export const asksForName = ({ users = [] }: Tokens): boolean => users.length > 0;
