/** What the pages of the monitor need of the pipeline in this process. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { MonitorDeps } from '../services/monitor/build-app.ts';
import type { ConsumerPosition } from './caught-up.ts';
import { packagePath } from './paths.ts';
import type { Runtime, RuntimeContext, Status } from './runtime.ts';
import type { VerifyRecord, VerifyRecords } from './verify-record.ts';

/** Stages after which a page shows a change. */
const SHOWN_AFTER = /^(warehouse|model)/;

const chartFolder = (): string => dirname(createRequire(import.meta.url).resolve('uplot'));

/** Readers of the log, of which some change figures. */
type Readers = () => Promise<readonly ConsumerPosition[]>;

/** The pages, with who may see them; `verified`: when the figures were last compared, and what was found. */
export function pagesOf(
  context: RuntimeContext,
  runtime: Pick<Runtime, 'status'>,
  sources: { readonly readers: Readers; readonly verified: Pick<VerifyRecords, 'last'> },
): Pick<MonitorDeps, 'viewerToken' | 'dashboard'> {
  const { options, clock } = context;
  const { readers, verified } = sources;
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: options.timeZone, dateStyle: 'short' });
  return {
    viewerToken: options.httpViewerToken,
    dashboard: {
      files: packagePath('services/dashboard'),
      charts: chartFolder(),
      queries: packagePath('clickhouse', 'dashboard'),
      openapi: readFileSync(packagePath('schemas', 'openapi.json'), 'utf8'),
      locale: options.locale,
      today: () => day.format(clock.now()),
      dataVersion: () => positionsOf(readers),
      liveStatus: async () => liveStatus(await runtime.status(), verified.last),
    },
  };
}

async function positionsOf(readers: Readers): Promise<string> {
  const shown = (await readers()).filter(({ name }) => SHOWN_AFTER.test(name));
  return (await Promise.all(shown.map(({ position }) => position()))).join(' ');
}

/** The status without what a page does not show, so that it is sent only when something of it has changed. */
function liveStatus(status: Status, verify: VerifyRecord | null): object {
  const shown = status.stages.filter(({ name }) => SHOWN_AFTER.test(name));
  const { version, source, position, tables, counts, lastEventAt, stages, copy } = status;
  return {
    ...{ version, source, position, tables, counts, lastEventAt, stages, verify },
    copy: copy ?? null,
    /** Everything that was committed is on the pages. */
    isUpToDate: (copy ?? null) === null && shown.every(({ lagRecords }) => (lagRecords ?? 0) === 0),
    behindSeconds: Math.max(0, ...shown.map(({ lagSeconds }) => lagSeconds ?? 0)),
    failed: stages.filter(({ state }) => state === 'failed' || state === 'retrying').map(({ name }) => name),
  };
}
