import type { StageStatus, Status } from '../runtime.ts';
import type { JobReport } from '../schedules.ts';
import type { StatusParts, StoredPart } from '../status-parts.ts';
import { type CliIo, printLine } from './cli-io.ts';
import { makePrintable } from './printable.ts';
import { formatCount, formatMib } from './progress.ts';

export function printStatus(io: CliIo, status: Status): void {
  for (const line of formatStatus(status)) printLine(io, line);
}

export function formatStatus(status: Status): readonly string[] {
  const { counts } = status;
  const at = status.lastEventAt === null ? 'none yet' : new Date(status.lastEventAt).toISOString();
  return [
    `${status.running ? 'running' : 'not running'}  ${status.http ?? ''}`.trimEnd(),
    `source      ${status.source ?? 'not named'}`,
    `data        ${status.dataDir}`,
    `position    ${status.position ?? 'none yet'}`,
    `last event  ${at}`,
    `events      ${formatCount(counts.captured)} captured, ${formatCount(counts.loaded)} loaded, ` +
      `${formatCount(counts.laked)} in the lake, ${formatCount(counts.alerted)} alerts, ${status.tables} tables`,
    ...(status.purge ? [formatPurge(status.purge)] : []),
    ...(status.parts ? formatParts(status.parts) : []),
    ...(status.copy ? [formatCopy(status.copy)] : []),
    ...status.stages.map(formatStage),
    ...(status.jobs ?? []).map(formatJob),
    ...status.alerts.map(
      ({ raisedAt, title }) => `alert       ${new Date(raisedAt).toISOString()}  ${makePrintable(title)}`,
    ),
  ];
}

/** A line for each store, then the data's quality and the disk. */
function formatParts({ log, lake, warehouse, quality, disk }: StatusParts): string[] {
  const lakeLine =
    lake === null ? 'in a bucket' : `${formatCount(lake.files)} files, ${formatMib(lake.bytes)}`;
  const score = quality === null ? 'not scored yet' : `${quality.score.toFixed(1)} of 100 at ${quality.at}`;
  return [
    `log         ${formatCount(log.events)} events of ${formatCount(log.topics)} topics kept, ${formatMib(log.bytes)}`,
    `lake        ${lakeLine}`,
    ...(warehouse === null
      ? []
      : [
          `history     ${formatStored(warehouse.raw)}`,
          `mirror      ${formatStored(warehouse.mirror)}`,
          `model       ${formatStored(warehouse.model)}`,
        ]),
    `quality     ${score}`,
    `disk        ${formatGib(disk.freeBytes)} free of ${formatGib(disk.totalBytes)}`,
  ];
}

const formatGib = (bytes: number): string => `${(bytes / 1_073_741_824).toFixed(1)} GiB`;
const formatStored = ({ tables, rows, bytes }: StoredPart): string =>
  `${formatCount(tables)} tables, ${formatCount(rows)} rows on the disk, ${formatMib(bytes)}`;

/** `binlog      12 MiB unread, kept for 6 d 4 h at the least` */
function formatPurge(purge: NonNullable<Status['purge']>): string {
  const { unreadBytes, secondsLeft, bytesLeft, atRisk } = purge;
  if (unreadBytes === 0) return 'binlog      all read';
  const unread = unreadBytes === null ? 'unread' : `${formatCount(Math.ceil(unreadBytes / 1024))} KiB unread`;
  const bounds = [
    ...(secondsLeft === null ? [] : [`for ${formatDuration(secondsLeft)} at the least`]),
    ...(bytesLeft === null
      ? []
      : [`until ${formatCount(Math.floor(bytesLeft / 1024))} KiB more are written`]),
  ];
  const kept = bounds.length === 0 ? 'kept for ever' : `kept ${bounds.join(' and ')}`;
  const risk = atRisk ? ': start capture soon, or SET GLOBAL binlog_expire_logs_seconds to more' : '';
  return `binlog      ${unread}, ${kept}${risk}`;
}

function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  if (hours === 0) return `${Math.floor(seconds / 60)} min`;
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function formatCopy(copy: NonNullable<Status['copy']>): string {
  const { tablesDone, tables, rows, rowsTotal, rowsPerSecond, secondsLeft, paused } = copy;
  const pace = paused
    ? 'paused: go on with dolistream backfill --resume'
    : `${formatCount(rowsPerSecond)} rows/s${secondsLeft === null ? '' : `, ${secondsLeft} s left`}`;
  return `copying     ${tablesDone} of ${tables} tables, ${formatCount(rows)} of about ${formatCount(rowsTotal)} rows, ${pace}`;
}

function formatStage(stage: StageStatus): string {
  const lag = stage.lagRecords === null ? '' : `, ${formatCount(stage.lagRecords)} behind`;
  const seconds =
    stage.lagSeconds === null || stage.lagSeconds === 0 ? '' : ` (${stage.lagSeconds.toFixed(1)} s)`;
  const error = stage.error === null ? '' : `: ${stage.error}`;
  return `${stage.name.padEnd(11)} ${stage.state}${lag}${seconds}${error}`;
}

const minuteOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function formatJob({ name, nextAt, runs }: JobReport): string {
  const next = nextAt === null ? 'not scheduled' : `next ${minuteOf(nextAt)}`;
  const [last] = runs;
  const ended = last && `, last ${minuteOf(last.startedAt)}: ${last.outcome} ${makePrintable(last.note)}`;
  return `${`job ${name}`.padEnd(14)} ${next}${(ended ?? '').trimEnd()}`;
}
