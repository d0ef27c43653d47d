/** What the real-input check runs and kills: one process, or the services on Kafka. */
import { join } from 'node:path';
import { openChdb } from '../../adapters/chdb/open-chdb.ts';
import { ReleaseStack } from '../../app/release-stack.ts';
import { Apicurio } from '../support/apicurio.ts';
import { auditDataFolder, auditKafka } from '../support/audit-data-folder.ts';
import { type CliResult, runCli } from '../support/cli-process.ts';
import type { ChangeCounts } from '../support/count-changes.ts';
import { startTestKafka } from '../support/kafka-server.ts';
import { type ServiceName, ServiceGroup } from '../support/service-group.ts';
import { UpProcess } from '../support/up-process.ts';

export interface RunOptions {
  readonly source: string;
  readonly dataDir: string;
  /** 0 to 1. */
  readonly random: () => number;
}

/** Follows the stream. */
export interface Running extends AsyncDisposable {
  /** kill -9 of a process, and a new one in its place. */
  killAndStart(): Promise<void>;
  verify(): Promise<CliResult>;
  /** Ends it as an operator would; resolves with what went wrong. */
  stop(): Promise<string[]>;
  /** After `stop`: what is wrong in the log and in raw.events. */
  audit(expected: ChangeCounts): Promise<string[]>;
}

export async function startUp({ source, dataDir }: RunOptions): Promise<Running> {
  let up = await UpProcess.start({ source, dataDir });
  await up.untilStreaming();
  return {
    async killAndStart() {
      await up.kill9();
      up = await UpProcess.start({ source, dataDir });
    },
    verify: () => runCli(['verify', '--data', dataDir, '--source', source, '--json']),
    async stop() {
      const code = await up.stop();
      return code === 0 ? [] : [`dolistream up ended with exit code ${code}`];
    },
    audit: (expected) => auditDataFolder(dataDir, expected),
    [Symbol.asyncDispose]: async () => {
      await up.kill9();
    },
  };
}

const SERVICES: readonly ServiceName[] = ['capture', 'load', 'lake', 'analytics', 'alerts'];

export async function startServices({ source, dataDir, random }: RunOptions): Promise<Running> {
  const servers = new ReleaseStack();
  const kafka = await startTestKafka();
  servers.add(() => kafka[Symbol.asyncDispose]());
  const registry = await Apicurio.start();
  servers.add(() => registry[Symbol.asyncDispose]());
  const places = { broker: kafka.broker, registryUrl: registry.url };
  const services = new ServiceGroup({ source, dataDir, ...places });
  servers.add(() => services[Symbol.asyncDispose]());
  await services.start(...SERVICES);
  await services.untilReady(...SERVICES);
  return {
    async killAndStart() {
      const name = SERVICES[Math.floor(random() * SERVICES.length)]!;
      await services.kill9(name);
      await services.start(name);
    },
    verify: () => services.ask('load', ['verify', '--json']),
    stop: () => services.stop(),
    audit: (expected) => {
      const openWarehouse = () => openChdb({ dir: join(dataDir, 'load', 'warehouse') });
      return auditKafka({ ...places, openWarehouse }, expected);
    },
    [Symbol.asyncDispose]: () => servers.release(),
  };
}
