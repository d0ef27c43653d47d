/**
 * The stores that the stages share, each where the options put it: the change log in the data folder or on Kafka, schemas
 * beside it or in a registry, the warehouse in this process or on a server, the lake in a folder or a bucket.
 */
import { openChdb } from '../adapters/chdb/open-chdb.ts';
import { openClickhouse } from '../adapters/clickhouse/open-clickhouse.ts';
import type { LoaderGroup } from '../adapters/kafka/open-shard-group.ts';
import type { ShardWorker } from '../adapters/kafka/shard-group.ts';
import { openEmbeddedLog } from '../adapters/embedded-log/open-embedded-log.ts';
import { openLakeFolder } from '../adapters/lake/open-lake-folder.ts';
import { openS3Lake } from '../adapters/lake/open-s3-lake.ts';
import type { ChangeLog, Cursor } from '../core/ports/change-log.ts';
import type { LakeStore } from '../core/ports/lake-store.ts';
import type { SchemaRegistry } from '../core/ports/schema-registry.ts';
import type { Warehouse } from '../core/ports/warehouse.ts';
import { Forgotten } from '../services/privacy/forgotten.ts';
import { openKafkaLogs, openRegistry } from './kafka-stores.ts';
import type { Options } from './options.ts';
import { readPem } from './pem-file.ts';
import { ReleaseStack } from './release-stack.ts';
import type { RuntimeContext, StageName } from './runtime.ts';

/** A log for one writer, who closes it. */
export interface OwnLog {
  readonly log: ChangeLog;
  close(): Promise<void>;
}

/** Opens the log under the writer's name; on Kafka it takes over from whoever wrote under it before. */
export type OpenWriter = (writer: string) => Promise<OwnLog>;

/** Takes part in the group of the log's loaders, with so many shards. */
export type JoinLoaders = (worker: ShardWorker, shards: number) => LoaderGroup;

export interface Stores {
  readonly context: RuntimeContext;
  /** For reading. */
  readonly log: ChangeLog;
  /** The log as a stage of this process writes it; on Kafka it takes over from whoever wrote for that stage before. */
  readonly logOf: (stage: StageName) => ChangeLog;
  /** Takes texts out of the log for good; null where the log is Kafka's, whose retention does it. */
  readonly eraseLog: ((texts: readonly string[], passed: readonly Cursor[]) => Promise<number>) | null;
  /** Writes the log into another folder, from which it can be opened; null where it is Kafka's. */
  readonly copyLog: ((folder: string) => Promise<void>) | null;
  /** For stages that change hands between processes. */
  readonly openWriter: OpenWriter;
  /** null: this process is the log's only loader. */
  readonly joinLoaders: JoinLoaders | null;
  readonly registry: SchemaRegistry;
  /** People whose later changes are masked as they come. */
  readonly forgotten: Forgotten;
  /** null: nothing in this process needs one, and there is none on a server. */
  readonly warehouse: Warehouse | null;
  readonly openLake: () => Promise<LakeStore>;
  /** Other processes may read and write the same log: what they have done is known by their saved states alone. */
  readonly isShared: boolean;
  close(): Promise<void>;
}

/** One for raw, whose gathered inserts are long, one for the model, and two so that the mirror waits for neither. */
const LOADING_CONNECTIONS = 4;
/** Stages that ask or fill the warehouse; the lake has its Parquet made by one. */
const USES_ENGINE: readonly StageName[] = ['warehouse', 'model', 'lake'];

export async function openStores(context: RuntimeContext): Promise<Stores> {
  const release = new ReleaseStack();
  try {
    const logs = await openLog(context, release);
    const forgotten = await Forgotten.load(logs.log);
    const warehouse = await openWarehouse(context, release);
    const isShared = context.options.kafkaBrokers !== null;
    let lake: Promise<LakeStore> | null = null;
    // Opened once: opening empties its work folder.
    const openLake = (): Promise<LakeStore> => (lake ??= openLakeStore(context, warehouse, release));
    return { context, ...logs, forgotten, warehouse, openLake, isShared, close: () => release.release() };
  } catch (error) {
    await release.release();
    throw error;
  }
}

async function openLog(
  context: RuntimeContext,
  release: ReleaseStack,
): Promise<
  Pick<Stores, 'log' | 'logOf' | 'openWriter' | 'joinLoaders' | 'registry' | 'eraseLog' | 'copyLog'>
> {
  const { options, dataDir, logger } = context;
  if (options.kafkaBrokers !== null) {
    const registry = await openRegistry(options, logger);
    release.add(() => registry.close());
    return { ...(await openKafkaLogs(context, release)), registry, eraseLog: null, copyLog: null };
  }
  const { log, registry, close, erase, copyInto } = await openEmbeddedLog({ dir: dataDir.folder('log') });
  release.add(close);
  const own: OwnLog = { log, close: () => Promise.resolve() };
  const openWriter: OpenWriter = () => Promise.resolve(own);
  return {
    ...{ log, logOf: () => log, openWriter, joinLoaders: null, registry },
    ...{ eraseLog: erase, copyLog: copyInto },
  };
}

async function openWarehouse(context: RuntimeContext, release: ReleaseStack): Promise<Warehouse | null> {
  const { options, dataDir, logger, stages } = context;
  if (options.clickhouseUrl !== null) {
    const ca = readPem(options.clickhouseCa);
    const warehouse = await openClickhouse({
      url: options.clickhouseUrl,
      user: options.warehouseUser,
      password: options.warehousePassword ?? '',
      ...(ca === undefined ? {} : { tls: { ca } }),
      logger,
    });
    release.add(() => warehouse.close());
    return warehouse;
  }
  if (stages && !stages.some((stage) => USES_ENGINE.includes(stage))) return null;
  const warehouse = await openChdb({ dir: dataDir.folder('warehouse'), connections: LOADING_CONNECTIONS });
  release.add(() => warehouse.close());
  return warehouse;
}

async function openLakeStore(
  context: RuntimeContext,
  warehouse: Warehouse | null,
  release: ReleaseStack,
): Promise<LakeStore> {
  const { options, dataDir } = context;
  const engine = await openParquetEngine(context, warehouse, release);
  if (options.s3Bucket === null) return openLakeFolder({ dir: dataDir.folder('lake'), engine });
  const ca = readPem(options.tlsCa);
  const lake = await openS3Lake({
    ...bucketOf(options, options.s3Bucket),
    ...(ca === undefined ? {} : { ca }),
    workDir: dataDir.folder('lake'),
    engine,
  });
  release.add(() => {
    lake.close();
    return Promise.resolve();
  });
  return lake;
}

/** Parquet is made from this machine's files, which a server elsewhere cannot read. */
async function openParquetEngine(
  { dataDir, options }: RuntimeContext,
  warehouse: Warehouse | null,
  release: ReleaseStack,
): Promise<Warehouse> {
  if (warehouse !== null && options.clickhouseUrl === null) return warehouse;
  const engine = await openChdb({ dir: dataDir.folder('parquet-engine'), connections: 1 });
  release.add(() => engine.close());
  return engine;
}

function bucketOf(options: Options, bucket: string) {
  const { s3Endpoint, s3Prefix, s3Region, s3AccessKey, s3SecretKey } = options;
  return {
    bucket,
    prefix: s3Prefix,
    region: s3Region,
    ...(s3Endpoint === null ? {} : { endpoint: s3Endpoint }),
    ...(s3AccessKey === null ? {} : { accessKeyId: s3AccessKey }),
    ...(s3SecretKey === null ? {} : { secretAccessKey: s3SecretKey }),
  };
}
