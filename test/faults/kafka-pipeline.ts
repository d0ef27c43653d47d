import { openClickhouse } from '../../adapters/clickhouse/open-clickhouse.ts';
import { ReleaseStack } from '../../app/release-stack.ts';
import { Apicurio } from '../support/apicurio.ts';
import { auditKafka } from '../support/audit-data-folder.ts';
import { ClickhouseServer } from '../support/clickhouse-server.ts';
import { startTestKafka } from '../support/kafka-server.ts';
import { silentLogger } from '../support/loading.ts';
import { type ServiceName, ServiceGroup } from '../support/service-group.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { EXTRA_OPTIONS, noteEarlyEnd, type Pipeline, type PipelinePlace, type Servers } from './pipeline.ts';

const SERVICES: readonly ServiceName[] = ['capture', 'load', 'lake', 'analytics', 'alerts', 'monitor'];

/** Behind a port of ours, which a fault can cut. */
async function behindProxy(release: ReleaseStack, url: string): Promise<{ link: TcpProxy; url: string }> {
  const address = new URL(url);
  const link = await TcpProxy.start(Number(address.port));
  release.add(() => link[Symbol.asyncDispose]());
  address.port = String(link.port);
  return { link, url: address.href.replace(/\/$/, '') };
}

async function startServers(release: ReleaseStack) {
  const kafkaLink = await TcpProxy.start();
  release.add(() => kafkaLink[Symbol.asyncDispose]());
  const kafka = await startTestKafka({
    advertise: (port) => {
      kafkaLink.target = port;
      return kafkaLink.port;
    },
  });
  release.add(() => kafka[Symbol.asyncDispose]());
  const apicurio = await Apicurio.start();
  release.add(() => apicurio[Symbol.asyncDispose]());
  const registry = await behindProxy(release, apicurio.url);
  const clickhouse = await ClickhouseServer.start();
  release.add(() => clickhouse[Symbol.asyncDispose]());
  const warehouse = await behindProxy(release, clickhouse.url);
  const servers: Servers = {
    kafka,
    kafkaLink,
    registryLink: registry.link,
    clickhouse,
    clickhouseLink: warehouse.link,
  };
  return { servers, registryUrl: registry.url, clickhouseUrl: warehouse.url };
}

/** Every service as a process of its own, copied and streaming, over real servers. */
export async function startServices({ source, dataDir }: PipelinePlace): Promise<Pipeline> {
  const release = new ReleaseStack();
  try {
    return await startPipeline(release, { source, dataDir });
  } catch (error) {
    await release.release();
    throw error;
  }
}

async function startPipeline(
  release: ReleaseStack,
  { source, dataDir }: { readonly source: string; readonly dataDir: string },
): Promise<Pipeline> {
  const { servers, registryUrl, clickhouseUrl } = await startServers(release);
  const { url, user, password } = servers.clickhouse;
  const places = { broker: servers.kafka.broker, registryUrl };
  const services = new ServiceGroup({
    ...{ source, dataDir, ...places },
    extra: [...EXTRA_OPTIONS, '--clickhouse-url', clickhouseUrl, '--warehouse-user', user],
    env: { DOLISTREAM_WAREHOUSE_PASSWORD: password },
  });
  release.add(() => services[Symbol.asyncDispose]());
  await services.start(...SERVICES);
  await services.untilReady(...SERVICES);
  const problems: string[] = [];
  return {
    ...{ problems, services, servers },
    kill: async (name = 'capture') => noteEarlyEnd(problems, name, await services.kill9(name)),
    start: (name = 'capture') => services.start(name as ServiceName),
    verify: () => services.ask('load', ['verify', '--json']),
    stop: async () => void problems.push(...(await services.stop())),
    audit: (expected) => {
      const openWarehouse = () => openClickhouse({ url, user, password, logger: silentLogger });
      return auditKafka({ ...places, openWarehouse }, expected);
    },
    [Symbol.asyncDispose]: () => release.release(),
  };
}
