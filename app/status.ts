/** One picture of the pipeline, from its stores and, when stages run, from them. */
import { parsePosition } from '../core/position.ts';
import { alertsTopic, tableOfTopic } from '../core/topics.ts';
import type { ChangeLog, ConsumerLag, TopicInfo } from '../core/ports/change-log.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';
import type { CaptureStatus } from '../services/capture/capture-service.ts';
import { CAPTURE_OWNER, type CaptureState, parseCaptureState } from '../services/capture/capture-state.ts';
import { forecastPurge, type PurgeForecast } from '../services/capture/purge-watch.ts';
import type { ConsumerPosition } from './caught-up.ts';
import { openSource } from './open-source.ts';
import { readPackageVersion } from './paths.ts';
import type { AlertSummary, PipelineCounts, RuntimeContext, StageStatus, Status } from './runtime.ts';
import type { JobReport } from './schedules.ts';
import { describeSource } from './source-address.ts';
import type { StatusParts } from './status-parts.ts';
import type { SupervisedStage } from './supervisor.ts';

export interface StatusSources {
  readonly context: RuntimeContext;
  readonly log: ChangeLog;
  /** null: none can be asked from here. */
  readonly warehouse: Warehouse | null;
  readonly http: string | null;
  readonly stages: readonly SupervisedStage[];
  readonly consumers: readonly ConsumerPosition[];
  /** null when capture does not run here. */
  readonly capture: CaptureStatus | null;
  readonly alertingLag: () => Promise<ConsumerLag | null>;
  readonly jobs: readonly JobReport[];
  readonly parts: () => Promise<StatusParts>;
}

export async function readStatus(sources: StatusSources): Promise<Status> {
  const { context, log, http, stages } = sources;
  const { options, dataDir } = context;
  const topics = await log.topics();
  const tableTopics = topics.filter(({ topic }) => isTableTopic(topic, options.topicPrefix));
  const saved = parseCaptureState(await log.getState(CAPTURE_OWNER));
  const newest = Math.max(0, ...tableTopics.map((topic) => topic.lastTimestampMs));
  return {
    version: readPackageVersion(),
    running: stages.some((stage) => stage.state === 'running'),
    http,
    dataDir: dataDir.path,
    source: options.source && describeSource(options.source),
    position: sources.capture?.position ?? saved.position,
    tables: tableTopics.length,
    counts: await readCounts(sources, topics, tableTopics),
    lastEventAt: newest === 0 ? null : newest,
    copy: sources.capture?.copy ?? null,
    purge: sources.capture ? sources.capture.purge : await askForecast(sources, saved),
    stages: await Promise.all(stages.map((stage) => stageStatus(sources, stage))),
    jobs: sources.jobs,
    parts: await sources.parts(),
    alerts: await readAlerts(sources),
  };
}

/** Asks the source itself where nothing runs: just then nobody else would tell that time runs out. */
async function askForecast(
  { context, stages }: StatusSources,
  { position, readUntilMs }: CaptureState,
): Promise<PurgeForecast | null> {
  const { options, dataDir, clock } = context;
  if (position === null || options.source === null || stages.length > 0) return null;
  try {
    const source = await openSource(options, dataDir.serverId);
    const outlook = await source.outlook(parsePosition(position));
    await source.close();
    return forecastPurge(outlook, readUntilMs, clock.now());
  } catch {
    // The status of what is here is told also when the source is away.
    return null;
  }
}

const isTableTopic = (topic: string, prefix: string): boolean => tableOfTopic(prefix, topic) !== null;

const sumOffsets = (topics: readonly TopicInfo[]): number =>
  topics.reduce((sum, topic) => sum + topic.nextOffset, 0);

async function readCounts(
  sources: StatusSources,
  topics: readonly TopicInfo[],
  tableTopics: readonly TopicInfo[],
): Promise<PipelineCounts> {
  const alerts = alertsTopic(sources.context.options.topicPrefix);
  const loaded = sources.warehouse ? await countRows(sources.warehouse, 'raw', 'events') : 0;
  const captured = sumOffsets(tableTopics);
  const unlaked = await stageLag(sources, 'lake');
  return {
    captured,
    loaded,
    laked: unlaked === null ? 0 : Math.max(0, captured - unlaked.records),
    alerted: sumOffsets(topics.filter(({ topic }) => topic === alerts)),
  };
}

/** 0 for a table that is not there yet: a new data folder has none. */
async function countRows(warehouse: Warehouse, database: string, table: string): Promise<number> {
  const [row] = await warehouse.rows<{ rows: string | null }>(
    'SELECT sum(total_rows) AS rows FROM system.tables WHERE database = {database:String} AND name = {table:String}',
    { params: { database, table } },
  );
  return Number(row?.rows ?? 0);
}

async function stageStatus(sources: StatusSources, stage: SupervisedStage): Promise<StageStatus> {
  const lag = await stageLag(sources, stage.name);
  return {
    ...stage,
    lagRecords: lag?.records ?? null,
    lagSeconds: lag === null ? null : lag.behindMs / 1000,
  };
}

async function stageLag(sources: StatusSources, name: string): Promise<ConsumerLag | null> {
  if (name === 'alerting') return sources.alertingLag();
  const lags = await Promise.all(
    sources.consumers
      .filter((consumer) => consumer.name === name || consumer.name.startsWith(`${name}.`))
      .map(async ({ position }) => sources.log.lag(await position())),
  );
  // Of a stage in several shards the slowest one counts.
  return lags.reduce<ConsumerLag | null>(
    (most, lag) => (most !== null && most.records >= lag.records ? most : lag),
    null,
  );
}

async function readAlerts(sources: StatusSources): Promise<AlertSummary[]> {
  const { warehouse, context } = sources;
  const database = context.options.warehouseDatabase;
  if (!warehouse) return [];
  if ((await countRows(warehouse, database, 'alerts')) === 0) return [];
  const rows = await warehouse.rows<Record<string, string | number>>(
    `SELECT id, toUnixTimestamp64Milli(committed_at) AS committedAt, toUnixTimestamp64Milli(raised_at) AS raisedAt,
            severity, rule, title, explanation
     FROM {database:Identifier}.alerts ORDER BY raised_at DESC LIMIT 10`,
    { params: { database } },
  );
  return rows.map((row) => ({
    id: String(row['id']),
    committedAt: Number(row['committedAt']),
    raisedAt: Number(row['raisedAt']),
    severity: Number(row['severity']),
    rule: String(row['rule']),
    title: String(row['title']),
    explanation: String(row['explanation']),
  }));
}
