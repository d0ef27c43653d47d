/** What can go wrong, one function each. Each leaves the world able to go on. */
import { sleep, type World } from './world.ts';

export type Fault = (world: World, random: () => number) => Promise<void>;

const between = (random: () => number, low: number, high: number): number => low + random() * (high - low);

/** Faults of any pipeline. */
const SOURCE_FAULTS: Readonly<Record<string, Fault>> = {
  'source connection cut': async ({ sourceLink }) => Promise.resolve(sourceLink.cut()),
  'source connection half-open': async ({ sourceLink }, random) => {
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

export const EMBEDDED_FAULTS: Readonly<Record<string, Fault>> = {
  'kill -9': (world) => world.killAndStart(),
  'kill -9 twice': async (world, random) => {
    await world.killAndStart();
    await sleep(between(random, 0, 1500));
    await world.killAndStart();
  },
  ...SOURCE_FAULTS,
};

const servers = (world: World): NonNullable<World['servers']> => world.servers!;

export const KAFKA_FAULTS: Readonly<Record<string, Fault>> = {
  'kill -9 of capture': (world) => world.killAndStart('capture'),
  'kill -9 of load': (world) => world.killAndStart('load'),
  'kill -9 of lake': (world) => world.killAndStart('lake'),
  'kill -9 of analytics': (world) => world.killAndStart('analytics'),
  'kill -9 of alerts': (world) => world.killAndStart('alerts'),
  'Kafka restarted': (world) => servers(world).kafka.restart(),
  'Kafka kill -9': async (world) => {
    await servers(world).kafka.kill9();
    await servers(world).kafka.restart();
  },
  'Kafka connections cut': async (world) => Promise.resolve(servers(world).kafkaLink.cut()),
  'Kafka unreachable for a while': async (world, random) => {
    servers(world).kafkaLink.silence();
    await sleep(between(random, 2000, 60_000));
    servers(world).kafkaLink.restore();
  },
  'registry unreachable for a while': async (world, random) => {
    servers(world).registryLink.silence();
    await sleep(between(random, 1000, 20_000));
    servers(world).registryLink.restore();
  },
  'capture starts without a registry': async (world, random) => {
    servers(world).registryLink.silence();
    await world.services!.kill9('capture');
    const started = world.services!.start('capture');
    await sleep(between(random, 500, 8000));
    servers(world).registryLink.restore();
    await started;
  },
  'ClickHouse kill -9': async ({ servers: all }) => {
    await all!.clickhouse.end('SIGKILL');
    await all!.clickhouse.begin();
  },
  'ClickHouse unreachable for a while': async (world, random) => {
    servers(world).clickhouseLink.silence();
    await sleep(between(random, 2000, 60_000));
    servers(world).clickhouseLink.restore();
  },
  'capture asleep, its successor at work, then awake': async (world, random) => {
    const services = world.services!;
    services.signal('capture', 'SIGSTOP');
    const zombie = services.release('capture');
    const place = zombie.result;
    // The folder's lock is the sleeper's: on another machine its successor would have a folder of its own.
    await services.startElsewhere('capture', `successor-${Math.floor(random() * 1e9)}`);
    await sleep(between(random, 1000, 4000));
    zombie.kill('SIGCONT');
    await Promise.race([place, sleep(20_000).then(() => zombie.kill('SIGKILL'))]);
    await place;
  },
  ...SOURCE_FAULTS,
};
