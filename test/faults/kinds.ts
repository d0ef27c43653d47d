/** What can go wrong in any pipeline and in one process, one function each. Each leaves the world able to go on. */
import { sleep, type World } from './world.ts';

export interface Dice {
  /** 0 to 1. */
  readonly random: () => number;
  /** The how manieth fault of its kind this is, from 1. */
  readonly turn: number;
  /** How long every outage lasts, ms; null: by chance. */
  readonly outageMs: number | null;
}

export type Fault = (world: World, dice: Dice) => Promise<void>;
export type Faults = Readonly<Record<string, Fault>>;

const HOUR_MS = 3_600_000;
const LONGEST_JUMP_MS = 36 * HOUR_MS;
const MOST_ROOM_BYTES = 4 * 2 ** 20;

/** Mostly very little, so that the disk is full within moments and each write finds it so. */
const room = (random: () => number): number => random() ** 3 * MOST_ROOM_BYTES;

export const between = (random: () => number, low: number, high: number): number =>
  low + random() * (high - low);

export const FULL_DISK = 'full disk';
export const CLOCK_JUMP = 'clock jump';

/** Faults of any pipeline. */
export const SOURCE_FAULTS: Faults = {
  'source connection cut': async ({ sourceLink }) => Promise.resolve(sourceLink.cut()),
  'source connection half-open': async ({ sourceLink }, { random }) => {
    sourceLink.silence();
    await sleep(between(random, 1000, 12_000));
    sourceLink.restore();
  },
  'MariaDB kill -9': async (world) => {
    await world.db.server.kill9();
    await world.db.server.restart();
    await world.restartWriters();
  },
};

export const EMBEDDED_FAULTS: Faults = {
  'kill -9': (world) => world.killAndStart(),
  'kill -9 twice': async (world, { random }) => {
    await world.killAndStart();
    await sleep(between(random, 0, 1500));
    await world.killAndStart();
  },
  [FULL_DISK]: async (world, { random }) => {
    await world.disk!.fill(room(random));
    await sleep(between(random, 2000, 10_000));
    await world.disk!.free();
  },
  [`kill -9 on a ${FULL_DISK}`]: async (world, { random }) => {
    await world.disk!.fill(room(random));
    await sleep(between(random, 0, 6000));
    await world.kill();
    await world.disk!.free();
    await world.start();
  },
  [CLOCK_JUMP]: (world, { random }) => world.clock!.shift(between(random, -LONGEST_JUMP_MS, LONGEST_JUMP_MS)),
  [`${CLOCK_JUMP} while it is down`]: async (world, { random }) => {
    await world.kill();
    await world.clock!.shift(between(random, -LONGEST_JUMP_MS, LONGEST_JUMP_MS));
    await world.start();
  },
  ...SOURCE_FAULTS,
};
