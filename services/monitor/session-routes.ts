/** Logging in with a token and out again, for browsers beyond this machine. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { roleOf, type Tokens } from './access.ts';
import { sendLogin } from './login-page.ts';
import { endedCookie, sessionCookie } from './session-cookie.ts';

export interface SessionContext {
  readonly tokens: Tokens;
  readonly locale: 'fr' | 'en';
}

/** Tries a minute from one address. */
const MAX_LOGINS = 10;

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

  function logIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (!isOwnPage(request)) return reply.code(403).send();
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const given = (form.get('token') ?? '').trim();
    const role = roleOf(
      {
        remoteAddress: undefined,
        headers: { authorization: `Bearer ${given}` },
        query: new URLSearchParams(),
      },
      tokens,
    );
    if (role !== 'operator' && role !== 'viewer') return sendLogin(reply, { locale, wrong: true });
    const secure = isSecure(request);
    const cookie = sessionCookie(role, tokens[role]!, { now: Date.now(), secure });
    return reply.code(303).headers({ Location: '/', 'Set-Cookie': cookie }).send();
  }
}
