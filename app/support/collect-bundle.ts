/**
 * What somebody who helps needs to see, and nothing else: no row of Dolibarr, no title of an alert, no secret. Every text
 * passes the redaction, also what the log had redacted already.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { asDolistreamError } from '../../core/errors.ts';
import type { DoctorReport } from '../doctor/run-doctor.ts';
import { optionEntries, type Options } from '../options.ts';
import { packagePath, readPackageVersion } from '../paths.ts';
import { createRedaction } from '../redaction.ts';
import type { RuntimeClient } from '../runtime.ts';
import { type TarEntry, writeTar } from './tar.ts';

export interface BundleSources {
  readonly options: Options;
  readonly secrets: readonly string[];
  readonly doctor: DoctorReport;
  /** The running process; null when nothing runs. */
  readonly client: Pick<RuntimeClient, 'status' | 'lag'> | null;
  readonly nowMs: number;
}

export interface Bundle {
  /** .tar.gz */
  readonly archive: Buffer;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** The newest files of the log, and of each its end. */
const LOG_FILES = 3;
const LOG_BYTES = 2 * 1024 * 1024;
const MAX_LISTED = 2000;

const MAIL_ADDRESS = /(?<!\/\/)\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

export async function collectBundle(sources: BundleSources): Promise<Bundle> {
  const redact = createRedaction(sources.secrets);
  const scrub = (text: string): string => redact(text).replace(MAIL_ADDRESS, '(mail address)');
  const texts: Readonly<Record<string, string>> = {
    'versions.json': json(describeVersions()),
    'doctor.json': json(sources.doctor),
    'options.json': json(describeOptions(sources.options)),
    'data-folder.txt': listFolder(sources.options.data).join('\n'),
    ...(await describeRunning(sources.client)),
    ...readLogs(sources.options.data),
  };
  const folder = 'dolistream-support';
  const entries = Object.entries({ 'README.txt': README, ...texts }).map(([path, text]) => ({
    path: `${folder}/${path}`,
    content: Buffer.from(scrub(text)),
  }));
  return { archive: pack(entries, sources.nowMs), files: entries.map(sizeOf) };
}

const pack = (entries: readonly TarEntry[], nowMs: number): Buffer => gzipSync(writeTar(entries, nowMs));
const sizeOf = ({ path, content }: TarEntry) => ({ path, bytes: content.length });
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const README = `What dolistream support-bundle collected. Look at it before you pass it on.

versions.json    dolistream, Node, the system, the packages
doctor.json      every check with its value
options.json     which options are set; secrets only as "set"
status.json      stages, counts, positions, jobs (no alerts)
lag.json         what each reader of the change log has left to read
data-folder.txt  names and sizes of files, not what is in them
logs/            the end of the newest logs, without lines that tell alerts

Passwords, tokens and mail addresses were taken out. Rows of Dolibarr are not in here.
`;

function describeVersions(): object {
  const { dependencies = {} } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as {
    dependencies?: Readonly<Record<string, string>>;
  };
  const installed = Object.keys(dependencies).map((name) => {
    const file = packagePath('node_modules', name, 'package.json');
    const found = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }) : {};
    return [name, found.version ?? 'not found'] as const;
  });
  return {
    ...{ dolistream: readPackageVersion(), node: process.versions.node },
    system: `${platform()} ${release()} ${arch()}`,
    processors: cpus().length,
    memoryBytes: totalmem(),
    packages: Object.fromEntries(installed),
  };
}

function describeOptions(options: Options): object {
  const values = options as unknown as Readonly<Record<string, unknown>>;
  const shown = optionEntries()
    .filter(([name]) => name in values)
    .map(
      ([name, spec]) => [name, spec.secret ? (values[name] === null ? null : 'set') : values[name]] as const,
    );
  const source = options.source && { ...options.source, password: 'set' };
  return { ...Object.fromEntries(shown), source };
}

async function describeRunning(client: BundleSources['client']): Promise<Record<string, string>> {
  if (client === null) return { 'status.json': json({ running: false }) };
  try {
    const { alerts, ...status } = await client.status();
    return {
      'status.json': json({ ...status, newestAlerts: alerts.length }),
      'lag.json': json(await client.lag()),
    };
  } catch (error) {
    return { 'status.json': json({ error: asDolistreamError(error, 'INTERNAL').message }) };
  }
}

function listFolder(folder: string): string[] {
  if (!existsSync(folder)) return [`${folder} does not exist`];
  const lines = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(
      (path) =>
        `${String(statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? '?').padStart(14)}  ${path}`,
    );
  const rest = lines.length - MAX_LISTED;
  return rest > 0 ? [...lines.slice(0, MAX_LISTED), `and ${rest} more`] : lines;
}

function readLogs(data: string): Record<string, string> {
  const folder = join(data, 'logs');
  if (!existsSync(folder)) return {};
  const names = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return Object.fromEntries(
    names
      .sort()
      .slice(-LOG_FILES)
      .map((name) => [`logs/${name}`, endOfLog(readFileSync(join(folder, name)))]),
  );
}

/** Whole lines of the end, but not those that tell an alert: its title names people and sites. */
function endOfLog(content: Buffer): string {
  const isCut = content.length > LOG_BYTES;
  const lines = content
    .subarray(isCut ? content.length - LOG_BYTES : 0)
    .toString('utf8')
    .split('\n');
  return lines
    .slice(isCut ? 1 : 0)
    .filter((line) => !TELLS_ALERT.test(line))
    .join('\n');
}

/** The console's channel logs each alert with these. */
const TELLS_ALERT = /"(alert|case|caseId|title|explanation)"\s*:/;
