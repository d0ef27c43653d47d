/** The embedded composition: every stage in this process, over an LMDB log, a lake folder and ClickHouse by chdb. */
import { readFileSync } from 'node:fs';
import { openChdb } from '../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../adapters/embedded-log/open-embedded-log.ts';
import { openMariadbSource } from '../adapters/mariadb/mariadb-source.ts';
import type { ChangeSource } from '../core/ports/change-source.ts';
import type { Logger } from '../core/ports/logger.ts';
import { EmbeddedRuntime } from './embedded-runtime.ts';
import { selectDroppedColumns, selectTables } from './name-rules.ts';
import type { Options } from './options.ts';
import { ReleaseStack } from './release-stack.ts';
import type { Composition, PreflightReport, Runtime, RuntimeContext } from './runtime.ts';
import { requireSource } from './source-address.ts';

/** One for raw, whose gathered inserts are long, and two so that the mirror never waits for it. */
const LOADING_CONNECTIONS = 3;
const DEFAULT_CHECK_SERVER_ID = 2_000_000_011;

/** @throws SOURCE_UNREACHABLE, SOURCE_AUTH, SOURCE_NOT_READY */
function openSource(options: Options, serverId: number): Promise<ChangeSource> {
  const captures = selectTables(options);
  const drops = selectDroppedColumns(options);
  return openMariadbSource({
    address: { ...requireSource(options), ssl: tlsOf(options) },
    serverId: options.serverId ?? serverId,
    rules: { captures, drops },
    staleAfterMs: options.staleSeconds * 1000,
  });
}

function tlsOf(
  options: Options,
): { ca?: string; cert?: string; key?: string; rejectUnauthorized: boolean } | undefined {
  if (options.tls === 'off') return undefined;
  const read = (path: string | null): string | undefined =>
    path === null ? undefined : readFileSync(path, 'utf8');
  const ca = read(options.tlsCa);
  const cert = read(options.tlsCert);
  const key = read(options.tlsKey);
  return {
    rejectUnauthorized: options.tls === 'verify',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function createRuntime(context: RuntimeContext): Promise<Runtime> {
  const { options, dataDir } = context;
  const stores = new ReleaseStack();
  try {
    const { log, registry, close } = await openEmbeddedLog({ dir: dataDir.folder('log') });
    stores.add(close);
    const warehouse = await openChdb({ dir: dataDir.folder('warehouse'), connections: LOADING_CONNECTIONS });
    stores.add(() => warehouse.close());
    return new EmbeddedRuntime({
      context,
      log,
      registry,
      warehouse,
      stores,
      openSource: () => openSource(options, dataDir.serverId),
    });
  } catch (error) {
    await stores.release();
    throw error;
  }
}

async function checkSource(options: Options, _logger: Logger): Promise<PreflightReport> {
  const source = await openSource(options, DEFAULT_CHECK_SERVER_ID);
  try {
    const problems = await source.preflight();
    return {
      ready: problems.every((problem) => problem.severity !== 'error'),
      server: `${source.identity.connector} ${source.identity.version}`,
      problems,
    };
  } finally {
    await source.close();
  }
}

export const embeddedComposition: Composition = { createRuntime, checkSource };
