/** Opens the engine on its folder, takes away what a failed statement left there, and says what is wrong when it cannot. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Session } from 'chdb';
import { DolistreamError } from '../../core/errors.ts';

/** What CREATE OR REPLACE names its new table or view until it takes the old one's place. */
const UNFINISHED = /^_tmp_replace_.*\.sql$/;

/** Throws DATA_DIR_UNUSABLE when a definition of a table is damaged, otherwise DATA_DIR_LOCKED. */
export function openAnchor(dir: string, connectionArgs: string[]): Session {
  try {
    return new Session(dir, { connectionArgs });
  } catch (error) {
    const damaged = listDefinitions(dir).filter((path) => isDamaged(path));
    if (damaged.length === 0) throw inUse(dir, error);
    const lost = damaged.find((path) => !UNFINISHED.test(basename(path)));
    if (lost !== undefined) throw unreadable(lost, error);
    for (const path of damaged) rmSync(path, { force: true });
    return openAnchor(dir, connectionArgs);
  }
}

/** Files with the definitions of databases, tables and views. */
function listDefinitions(dir: string): string[] {
  const root = join(dir, 'metadata');
  // Each database is a link to the folder of its tables' definitions.
  const files = list(root).flatMap((path) => (path.endsWith('.sql') ? [path] : list(path)));
  return files.filter((path) => path.endsWith('.sql'));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    // Not there yet, or not a folder: the engine will say what is wrong with it.
    return [];
  }
}

/** Nothing in it, or cut off: each ends with a line feed. */
function isDamaged(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8');
    return !text.endsWith('\n');
  } catch {
    return false;
  }
}

function inUse(dir: string, cause: unknown): DolistreamError {
  return new DolistreamError('DATA_DIR_LOCKED', `ClickHouse cannot open the folder ${dir}`, {
    cause,
    fix: 'Stop the other dolistream process that uses this data folder, or give this one its own with --data.',
  });
}

function unreadable(path: string, cause: unknown): DolistreamError {
  return new DolistreamError('DATA_DIR_UNUSABLE', `ClickHouse's definition of a table is damaged: ${path}`, {
    cause,
    fix:
      'A disk without room or a machine that lost its power does that. Move the folder warehouse away: it is loaded again ' +
      'from the change log, and dolistream backfill --restart brings what the log no longer has.',
  });
}
