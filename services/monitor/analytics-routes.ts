/** Analyses, predictions and models over HTTP. Bodies and answers are JSON. */
import type { FastifyInstance } from 'fastify';
import { DolistreamError } from '../../core/errors.ts';
import type { Tokens } from './access.ts';
import { changerOf, readObject, requireAccess, whileConnected } from './route-guard.ts';

/** A job to come, as it is asked about. '' where something is not known. */
export interface DurationQuestion {
  readonly type: string;
  readonly city: string;
  readonly technician: string;
  readonly customer: string;
  /** Hours above 0; null: nobody estimated. */
  readonly estimated: number | null;
}

export interface AnalyticsRouteDeps {
  analyze(request: { readonly module: string | null }, signal: AbortSignal): Promise<readonly object[]>;
  predictDuration(question: DurationQuestion): Promise<object>;
  models(): Promise<readonly object[]>;
  rollback(request: { readonly name: string; readonly version: number | null }): Promise<object>;
}

const MAX_TEXT = 200;
const MAX_HOURS = 10_000;

function invalid(message: string, fix: string): DolistreamError {
  return new DolistreamError('CONFIG_INVALID', message, { fix });
}

function textField(body: Readonly<Record<string, unknown>>, name: string, fix: string): string {
  const value = body[name] ?? '';
  if (typeof value === 'string' && value.length <= MAX_TEXT) return value;
  throw invalid(`${name} is not a text of at most ${MAX_TEXT} signs`, fix);
}

/** Throws CONFIG_INVALID naming the field. */
export function readQuestion(body: unknown): DurationQuestion {
  const fix =
    'Send {"type": "maintenance", "estimated": 4, "city": "Paris"}; technician and customer may be added.';
  const given = readObject(body, fix);
  const { estimated = null } = given;
  const isHours = typeof estimated === 'number' && estimated > 0 && estimated <= MAX_HOURS;
  if (estimated !== null && !isHours) {
    throw invalid(`estimated is not a number of hours above 0 and up to ${MAX_HOURS}`, fix);
  }
  const type = textField(given, 'type', fix);
  if (type === '' && estimated === null) throw invalid('Neither type nor estimated is given', fix);
  return {
    ...{ type, city: textField(given, 'city', fix), technician: textField(given, 'technician', fix) },
    ...{ customer: textField(given, 'customer', fix), estimated: isHours ? estimated : null },
  };
}

function readModule(body: unknown): { module: string | null } {
  const fix = 'Send {"module": "segmentation"} or nothing for all.';
  const { module = null } = readObject(body, fix);
  if (module === null || typeof module === 'string') return { module };
  throw invalid('module is not a text', fix);
}

function readRollback(body: unknown): { name: string; version: number | null } {
  const fix = 'Send {"name": "duration"} or {"name": "duration", "version": 3}.';
  const { name, version = null } = readObject(body, fix);
  if (typeof name !== 'string') throw invalid('name is not a text', fix);
  if (version === null || (Number.isSafeInteger(version) && (version as number) > 0)) {
    return { name, version: version as number | null };
  }
  throw invalid('version is not a whole number above 0', fix);
}

export function addAnalyticsRoutes(app: FastifyInstance, deps: AnalyticsRouteDeps, tokens: Tokens): void {
  void app.register((guarded, _options, done) => {
    guarded.addHook('onRequest', async (request) => requireAccess(changerOf(request), tokens));
    guarded.post('/api/analytics', async (request, reply) => ({
      reports: await deps.analyze(readModule(request.body), whileConnected(reply)),
    }));
    guarded.post('/api/predict/duration', (request) => deps.predictDuration(readQuestion(request.body)));
    guarded.get('/api/models', async () => ({ models: await deps.models() }));
    guarded.post('/api/models/rollback', (request) => deps.rollback(readRollback(request.body)));
    done();
  });
}
