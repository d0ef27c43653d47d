/** This machine and the data folder. Nothing is made, locked or written. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, freemem, platform, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { readRunRecord } from '../data-dir.ts';
import type { Options } from '../options.ts';
import { type Check, fail, pass, warn } from './check.ts';

const GIB = 2 ** 30;
const LEAST_NODE = [20, 19] as const;
/** The engine in the process and its caches; less works for a small database. */
const LEAST_MEMORY = 1.5 * GIB;
const LITTLE_DISK = 5 * GIB;
const NO_DISK = 0.5 * GIB;

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

export function checkMachine(): Check[] {
  return [
    checkNode(),
    checkMemory(),
    pass('machine', 'processors', String(availableParallelism())),
    checkFlock(),
  ];
}

function checkNode(): Check {
  const version = process.versions.node;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return isEnough
    ? pass('machine', 'node', version)
    : fail('machine', 'node', version, `Install Node ${LEAST_NODE.join('.')} or later`);
}

function checkMemory(): Check {
  const value = `${gib(totalmem())}, ${gib(freemem())} free`;
  return totalmem() >= LEAST_MEMORY
    ? pass('machine', 'memory', value)
    : warn('machine', 'memory', value, `Give the machine ${gib(LEAST_MEMORY)} or more`);
}

function checkFlock(): Check {
  if (platform() !== 'linux') return pass('machine', 'flock', 'not needed here');
  return spawnSync('flock', ['--version'], { stdio: 'ignore' }).status === 0
    ? pass('machine', 'flock', 'installed')
    : fail('machine', 'flock', 'missing', 'apt-get install util-linux');
}

export function checkData({ data }: Options): Check[] {
  const existing = nearestFolder(data);
  const made = existing === data ? data : `${data} (not made yet)`;
  const record = readRunRecord(data);
  return [
    isWritable(existing)
      ? pass('data', 'folder', made)
      : fail(
          'data',
          'folder',
          `${made} cannot be written`,
          `chown "$USER" "${existing}", or choose --data DIR`,
        ),
    checkDisk(existing),
    pass('data', 'belongs to', purposeOf(data)),
    pass('data', 'in use by', record === null ? 'nobody' : `process ${record.pid}`),
  ];
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function checkDisk(folder: string): Check {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const fix = 'Free space, or choose a larger disk with --data DIR; --log-retention-bytes bounds the log';
  if (free < NO_DISK) return fail('data', 'disk', `${gib(free)} free`, fix);
  return free < LITTLE_DISK
    ? warn('data', 'disk', `${gib(free)} free`, fix)
    : pass('data', 'disk', `${gib(free)} free`);
}

function purposeOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'purpose'), 'utf8').trim() === 'demo' ? 'the demo' : 'a real source';
  } catch {
    return 'nobody yet';
  }
}
