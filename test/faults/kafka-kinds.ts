/** What can go wrong where each service is a process of its own, on Kafka, a registry and a ClickHouse server. */
import type { CliResult } from '../support/cli-process.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { between, type Dice, type Fault, type Faults, SOURCE_FAULTS } from './kinds.ts';
import { sleep, type World } from './world.ts';

const FULL_OUTAGE_MS = 60_000;
const SHORT_OUTAGE_MS = [1000, 15_000] as const;
/** Every so manieth outage of a kind lasts the full time. */
const FULL_EVERY = 5;
const ALL_SHARDS = 4;
/** Below the group's session timeout of 10 s: the loader falls behind and keeps its place. */
const NAP_MS = [2000, 6000] as const;
const FENCED_WITHIN_MS = 60_000;
const SECOND = 'second loader';

const servers = (world: World): NonNullable<World['servers']> => world.servers!;
const services = (world: World): NonNullable<World['services']> => world.services!;

const outageOf = ({ random, turn, outageMs }: Dice): number =>
  outageMs ?? (turn % FULL_EVERY === 0 ? FULL_OUTAGE_MS : between(random, ...SHORT_OUTAGE_MS));

/** Down or lost without a word, by chance. */
const takeAway = (link: TcpProxy, random: () => number): void =>
  random() < 0.5 ? link.silence() : link.refuse();

const outage =
  (linkOf: (world: World) => TcpProxy): Fault =>
  async (world, dice) => {
    takeAway(linkOf(world), dice.random);
    await sleep(outageOf(dice));
    linkOf(world).restore();
  };

/** The service is started while the registry is away, and gets it later. */
const startsWithoutRegistry =
  (name: 'capture' | 'load'): Fault =>
  async (world, { random }) => {
    const { registryLink } = servers(world);
    takeAway(registryLink, random);
    await world.kill(name);
    const started = world.start(name);
    await Promise.race([started, sleep(between(random, 500, 8000))]);
    registryLink.restore();
    await started;
  };

/** Lets the first loader fall behind, so that what follows happens while it has batches in hand. */
async function napOfFirst(world: World, random: () => number): Promise<void> {
  services(world).signal('load', 'SIGSTOP');
  await sleep(between(random, ...NAP_MS));
  services(world).signal('load', 'SIGCONT');
}

async function startSecond(world: World, random: () => number): Promise<void> {
  // Now and then on a folder that a loader had before.
  await services(world).startElsewhere('load', `loader-${Math.floor(random() * 4)}`, SECOND);
}

/** Told to end, or killed. */
async function endSecond(world: World, random: () => number): Promise<void> {
  if (random() < 0.5) return world.kill(SECOND);
  expectCode(world, 'the second loader', { wanted: 0, result: await services(world).end(SECOND) });
}

function expectCode(
  world: World,
  who: string,
  { wanted, result }: { readonly wanted: number; readonly result: CliResult | null },
): void {
  if (result?.code === wanted) return;
  world.problems.push(
    `${who} ended with exit code ${result?.code}, not ${wanted}: ${result?.stderr.slice(-2000)}`,
  );
}

const LOADER_FAULTS: Faults = {
  'rebalance in mid-batch': async (world, { random }) => {
    await napOfFirst(world, random);
    await startSecond(world, random);
    await sleep(between(random, 0, 4000));
    await endSecond(world, random);
  },
  'two loaders and kill -9 of the first': async (world, { random }) => {
    await startSecond(world, random);
    await services(world).untilItHas(SECOND, ALL_SHARDS / 2);
    await sleep(between(random, 0, 4000));
    await world.killAndStart('load');
    await sleep(between(random, 0, 12_000));
    await endSecond(world, random);
  },
  'zombie loader': async (world, { random }) => {
    const group = services(world);
    await group.untilItHas('load', ALL_SHARDS);
    await sleep(between(random, 0, 1000));
    group.signal('load', 'SIGSTOP');
    await startSecond(world, random);
    await group.untilItHas(SECOND, ALL_SHARDS);
    await sleep(between(random, 0, 4000));
    group.signal('load', 'SIGCONT');
    // What it has in hand must count for nothing; then it joins again and gets its part.
    await group.untilItHas('load', ALL_SHARDS / 2);
    await sleep(between(random, 0, 3000));
    await endSecond(world, random);
  },
};

async function zombieCapture(world: World, { random }: Dice): Promise<void> {
  const group = services(world);
  group.signal('capture', 'SIGSTOP');
  const zombie = group.release('capture');
  // The folder's lock is the sleeper's: on another machine its successor would have a folder of its own.
  await group.startElsewhere('capture', `successor-${Math.floor(random() * 1e9)}`);
  await sleep(between(random, 1000, 4000));
  zombie.kill('SIGCONT');
  const late = sleep(FENCED_WITHIN_MS).then(() => zombie.kill('SIGKILL'));
  await Promise.race([zombie.result, late]);
  const result = await zombie.result;
  expectCode(world, 'the capture that had a successor', { wanted: 1, result });
  if (result.code === 1 && !result.stderr.includes('LOG_FENCED'))
    world.problems.push(`the capture that had a successor was not fenced: ${result.stderr.slice(-2000)}`);
}

export const KAFKA_FAULTS: Faults = {
  'kill -9 of capture': (world) => world.killAndStart('capture'),
  'kill -9 of load': (world) => world.killAndStart('load'),
  'kill -9 of lake': (world) => world.killAndStart('lake'),
  'kill -9 of analytics': (world) => world.killAndStart('analytics'),
  'kill -9 of alerts': (world) => world.killAndStart('alerts'),
  'kill -9 of monitor': (world) => world.killAndStart('monitor'),
  'Kafka restarted': (world) => servers(world).kafka.restart(),
  'Kafka kill -9': async (world) => {
    await servers(world).kafka.kill9();
    await servers(world).kafka.restart();
  },
  'Kafka connections cut': async (world) => Promise.resolve(servers(world).kafkaLink.cut()),
  'Kafka unreachable': outage((world) => servers(world).kafkaLink),
  'registry unreachable': outage((world) => servers(world).registryLink),
  'capture starts without a registry': startsWithoutRegistry('capture'),
  'load starts without a registry': startsWithoutRegistry('load'),
  'ClickHouse kill -9': async ({ servers: all }) => {
    await all!.clickhouse.end('SIGKILL');
    await all!.clickhouse.begin();
  },
  'ClickHouse unreachable': outage((world) => servers(world).clickhouseLink),
  ...LOADER_FAULTS,
  'zombie capture': zombieCapture,
  ...SOURCE_FAULTS,
};
