/**
 * Cases of alerts over HTTP: for the dashboard and the commands as JSON under /api/alerts, and under /a/ the page that a
 * signed link in a message opens. A link is the permission itself; reading it changes nothing.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import type { Message } from '../../core/ports/notifier.ts';
import type { Tokens } from './access.ts';
import { ANSWER_STYLE_HASH, answerPage, linkOverPage } from './answer-page.ts';
import { readObject, requireRole } from './route-guard.ts';

export type CaseAction = 'acknowledge' | 'useful' | 'normal' | 'data_error' | 'close' | 'reopen';

/** What is not to be told; every part that is given must fit. */
export interface MuteScope {
  readonly case?: string;
  readonly rule?: string;
  readonly customer?: number;
  readonly site?: number;
}

export interface LinkedCase {
  readonly id: string;
  readonly state: 'open' | 'acknowledged' | 'closed';
  readonly locale: 'fr' | 'en';
  readonly message: Message;
}

/** Everything rejects with CONFIG_INVALID for an id that is none. */
export interface AlertRouteDeps {
  cases(request: { readonly all: boolean }): Promise<readonly object[]>;
  act(request: {
    readonly case: string;
    readonly action: CaseAction;
    readonly by: string;
    readonly via: 'link' | 'api' | 'cli';
    readonly note: string;
  }): Promise<object>;
  mutes(): Promise<readonly object[]>;
  mute(request: {
    readonly scope: MuteScope;
    readonly hours: number | null;
    readonly by: string;
  }): Promise<object>;
  unmute(request: { readonly id: string }): Promise<object>;
  channels(): Promise<readonly object[]>;
  test(request: { readonly channel: string }): Promise<object>;
  /** Rejects with ACCESS_DENIED for a link that is not from here or is over. */
  openLink(token: string): Promise<LinkedCase>;
}

const ACTIONS: readonly CaseAction[] = [
  ...(['acknowledge', 'useful', 'normal', 'data_error', 'close', 'reopen'] as const),
];
const MAX_TEXT = 500;
const MAX_NAME = 80;
const MAX_HOURS = 8760;
/** More than any mail program sends, and less than guessing would need. */
const MAX_FORM = 4000;

const invalid = (message: string, fix: string): DolistreamError =>
  new DolistreamError('CONFIG_INVALID', message, { fix });

type Fields = Readonly<Record<string, unknown>>;

function textOf(fields: Fields, name: string, max: number, fix: string): string {
  const value = fields[name] ?? '';
  if (typeof value === 'string' && value.length <= max && !/[\0\r\n]/.test(value)) return value.trim();
  throw invalid(`${name} is not a text of at most ${max} signs on one line`, fix);
}

const ACTION_FIX = `Send {"action": "acknowledge", "by": "Paul"}; actions are ${ACTIONS.join(', ')}.`;

function readAction(fields: Fields) {
  const action = ACTIONS.find((each) => each === fields['action']);
  if (!action)
    throw invalid(`action is ${String(JSON.stringify(fields['action'])).slice(0, 100)}`, ACTION_FIX);
  const via = fields['via'] === 'cli' ? ('cli' as const) : ('api' as const);
  return {
    ...{ action, via, by: textOf(fields, 'by', MAX_NAME, ACTION_FIX) },
    note: textOf(fields, 'note', MAX_TEXT, ACTION_FIX),
  };
}

const MUTE_FIX =
  'Send {"scope": {"rule": "intervention_cost", "customer": 12}, "hours": 24, "by": "Paul"}; a scope has one or more of case, rule, customer, site; hours null means until it is lifted.';

function readScope(value: unknown): MuteScope {
  const scope = Object(value) as Fields;
  const texts = (['case', 'rule'] as const).flatMap((name) => {
    const text = textOf(scope, name, MAX_NAME, MUTE_FIX);
    return text === '' ? [] : [[name, text] as const];
  });
  const ids = (['customer', 'site'] as const).flatMap((name) => {
    const id = scope[name] ?? undefined;
    if (id === undefined) return [];
    if (Number.isSafeInteger(id) && (id as number) > 0) return [[name, id as number] as const];
    throw invalid(`scope.${name} is not an id of Dolibarr`, MUTE_FIX);
  });
  if (texts.length + ids.length > 0) return Object.fromEntries([...texts, ...ids]) as MuteScope;
  throw invalid('scope is empty: it would silence everything', MUTE_FIX);
}

function readMute(body: unknown) {
  const fields = readObject(body, MUTE_FIX);
  const { hours = 24 } = fields;
  const isHours = Number.isSafeInteger(hours) && (hours as number) > 0 && (hours as number) <= MAX_HOURS;
  if (hours !== null && !isHours)
    throw invalid(`hours is not a whole number from 1 to ${MAX_HOURS}`, MUTE_FIX);
  const by = textOf(fields, 'by', MAX_NAME, MUTE_FIX);
  return { scope: readScope(fields['scope']), hours: hours as number | null, by };
}

interface IdParams {
  readonly id: string;
}
const idOf = (request: FastifyRequest): string => (request.params as IdParams).id;

function addApi(app: FastifyInstance, alerts: AlertRouteDeps): void {
  app.get('/api/alerts/cases', async (request) => {
    const { state = 'open' } = request.query as { state?: unknown };
    if (state !== 'open' && state !== 'all')
      throw invalid('state is neither open nor all', 'Send ?state=all.');
    return { cases: await alerts.cases({ all: state === 'all' }) };
  });
  app.post('/api/alerts/cases/:id', (request) =>
    alerts.act({ case: idOf(request), ...readAction(readObject(request.body, ACTION_FIX)) }),
  );
  app.get('/api/alerts/mutes', async () => ({ mutes: await alerts.mutes() }));
  app.post('/api/alerts/mutes', (request) => alerts.mute(readMute(request.body)));
  app.post('/api/alerts/mutes/:id/lift', (request) => alerts.unmute({ id: idOf(request) }));
  app.get('/api/alerts/channels', async () => ({ channels: await alerts.channels() }));
  app.post('/api/alerts/channels/:id/test', (request) => alerts.test({ channel: idOf(request) }));
}

/** Nothing but our own style, no script, no frame, no trace of the link in other sites' logs. */
function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('Cache-Control', 'no-store')
    .header('Referrer-Policy', 'no-referrer')
    .header('X-Content-Type-Options', 'nosniff')
    .header('X-Robots-Tag', 'noindex, nofollow')
    .header(
      'Content-Security-Policy',
      `default-src 'none'; style-src ${ANSWER_STYLE_HASH}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    )
    .send(html);
}

async function answer(alerts: AlertRouteDeps, token: string, body: unknown): Promise<LinkedCase> {
  const linked = await alerts.openLink(token);
  const text = typeof body === 'string' ? body : '';
  if (text.length > MAX_FORM) throw invalid('The form is too long', 'Send what the page sends.');
  const form = Object.fromEntries(new URLSearchParams(text));
  const by = textOf(form, 'by', MAX_NAME, 'Give a name on one line.');
  if (form['action'] === 'snooze') {
    const hours = form['hours'] === '168' ? 168 : 24;
    await alerts.mute({ scope: { case: linked.id }, hours, by });
  } else await alerts.act({ ...readAction(form), case: linked.id, via: 'link' });
  return await alerts.openLink(token);
}

function addLinks(app: FastifyInstance, alerts: AlertRouteDeps): void {
  const tokenOf = (request: FastifyRequest): string => (request.params as { token: string }).token;
  const refused = (reply: FastifyReply, error: unknown): FastifyReply => {
    const failure = asDolistreamError(error, 'INTERNAL');
    const status = failure.code === 'ACCESS_DENIED' ? 403 : failure.code === 'CONFIG_INVALID' ? 400 : 503;
    return sendPage(reply.code(status), linkOverPage(failure));
  };
  app.get('/a/:token', async (request, reply) => {
    const { do: wanted } = request.query as { do?: unknown };
    try {
      const linked = await alerts.openLink(tokenOf(request));
      return sendPage(reply, answerPage(linked, { wanted: String(wanted ?? ''), isDone: false }));
    } catch (error) {
      return refused(reply, error);
    }
  });
  app.post('/a/:token', async (request, reply) => {
    try {
      const linked = await answer(alerts, tokenOf(request), request.body);
      return sendPage(reply, answerPage(linked, { wanted: '', isDone: true }));
    } catch (error) {
      return refused(reply, error);
    }
  });
}

export function addAlertRoutes(app: FastifyInstance, alerts: AlertRouteDeps, tokens: Tokens): void {
  void app.register((guarded, _options, done) => {
    guarded.addHook('onRequest', async (request) => requireRole(request, tokens));
    addApi(guarded, alerts);
    done();
  });
  addLinks(app, alerts);
}
