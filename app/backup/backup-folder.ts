/** The folder that a backup is: files as they lie in a data folder, and a list of them with their sums. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DolistreamError } from '../../core/errors.ts';
import type { StagedBackup } from './stage-backup.ts';

const BACKUP_FORMAT = 1;
const MANIFEST = 'backup.json';
const FILES = 'files';

export interface BackupManifest extends Omit<StagedBackup, 'folder'> {
  readonly format: number;
  readonly files: readonly BackupFile[];
}

interface BackupFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

function requireFree(folder: string, fix: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new DolistreamError('DATA_DIR_UNUSABLE', `The folder ${folder} is not empty`, { fix });
}

/** Throws DATA_DIR_UNUSABLE where something is: a backup is never written over. */
export const requireFreeForBackup = (folder: string): void =>
  requireFree(folder, 'Name a folder that does not exist yet; each backup is one of its own.');

/** Copies what was staged into a new folder, which appears whole or not at all. Rejects with DATA_DIR_UNUSABLE. */
export async function writeBackup(
  { folder: stage, ...facts }: StagedBackup,
  folder: string,
  signal: AbortSignal,
): Promise<BackupManifest> {
  requireFreeForBackup(folder);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const files = await copyAll(await listFiles(stage), stage, join(unfinished, FILES), signal);
  const manifest: BackupManifest = { format: BACKUP_FORMAT, ...facts, files };
  await writeFile(join(unfinished, MANIFEST), `${JSON.stringify(manifest)}\n`, { mode: 0o600 });
  await replaceEmpty(unfinished, folder);
  return manifest;
}

/** Makes a data folder of a backup. Rejects with DATA_DIR_UNUSABLE for a folder that holds something or a damaged backup. */
export async function restoreBackup(
  backup: string,
  data: string,
  signal: AbortSignal,
): Promise<BackupManifest> {
  const manifest = await readManifest(backup);
  requireFree(data, 'Name with --data a folder that does not exist yet, or remove what is in it.');
  const unfinished = `${data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const paths = manifest.files.map(({ path }) => path);
  const copied = await copyAll(paths, join(backup, FILES), unfinished, signal);
  const damaged = copied.filter(({ sha256 }, index) => sha256 !== manifest.files[index]!.sha256);
  if (damaged.length > 0) {
    await rm(unfinished, { recursive: true, force: true });
    throw damage(backup, `${damaged[0]!.path} is not as it was written (${damaged.length} in all)`);
  }
  await replaceEmpty(unfinished, data);
  return manifest;
}

const damage = (backup: string, what: string): DolistreamError =>
  new DolistreamError('DATA_DIR_UNUSABLE', `The backup ${backup} cannot be restored: ${what}`, {
    fix: 'Take another backup, or begin anew: dolistream up copies every table again.',
  });

async function readManifest(backup: string): Promise<BackupManifest> {
  let manifest: Partial<BackupManifest>;
  try {
    manifest = Object(JSON.parse(await readFile(join(backup, MANIFEST), 'utf8'))) as Partial<BackupManifest>;
  } catch {
    throw damage(backup, `it has no readable ${MANIFEST}`);
  }
  const { format, files } = manifest;
  if (format !== BACKUP_FORMAT) {
    throw damage(
      backup,
      `its format is ${JSON.stringify(format ?? null)}; this version reads ${BACKUP_FORMAT}`,
    );
  }
  if (!Array.isArray(files) || !files.every(isFile))
    throw damage(backup, `${MANIFEST} lists no files, or others`);
  return manifest as BackupManifest;
}

/** A path never leads out of the folder, whoever wrote the list. */
function isFile(value: unknown): value is BackupFile {
  const { path, sha256 } = Object(value) as { path?: unknown; sha256?: unknown };
  return typeof path === 'string' && typeof sha256 === 'string' && isInside(path);
}

const isInside = (path: string): boolean =>
  path !== '' &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));

async function listFiles(folder: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? listFiles(folder, path) : [path];
    }),
  );
  return found.flat().sort();
}

async function copyAll(
  paths: readonly string[],
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<BackupFile[]> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const files: BackupFile[] = [];
  for (const path of paths) {
    await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o750 });
    files.push({ path, ...(await copySummed(join(from, path), join(to, path))) });
    signal.throwIfAborted();
  }
  return files;
}

/** Durable when it resolves. */
async function copySummed(from: string, to: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const sum = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  try {
    await pipeline(createReadStream(from), sum, createWriteStream(to, { mode: 0o640, flush: true }));
  } catch (error) {
    throw new DolistreamError('DATA_DIR_UNUSABLE', `${from} cannot be copied to ${to}`, {
      fix: 'Free space there, or choose another folder.',
      cause: error,
    });
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function replaceEmpty(from: string, to: string): Promise<void> {
  if (existsSync(to)) await rmdir(to);
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
}
