import { join } from 'node:path';
import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { openRuntime } from '../../connect-runtime.ts';
import type { StageName } from '../../runtime.ts';
import { printJson, say } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { untilAborted } from '../until-aborted.ts';

/** Which stages a service runs. The model follows the mirror step by step, so it stays with the loader. */
const SERVICES: Readonly<Record<string, readonly StageName[]>> = {
  capture: ['capture'],
  load: ['warehouse', 'model'],
  lake: ['lake'],
  analytics: ['analytics'],
  alerts: ['alerting'],
  monitor: [],
};

export const runCommand: Command = {
  name: 'run',
  summary: 'Run one service of the pipeline on Kafka: capture, load, lake, analytics, alerts or monitor.',
  operands: ['SERVICE'],
  examples: [
    'run capture --kafka-brokers kafka:9092 --registry-url http://registry:8081/apis/ccompat/v7',
    'run load --kafka-brokers kafka:9092 --registry-url … --clickhouse-url http://clickhouse:8123',
    'run monitor --http 0.0.0.0:8686   (all others by DOLISTREAM_… in the environment)',
  ],
  run: async ({ options: given, operands, io, signal, loadComposition }) => {
    const service = operands[0]!;
    const stages = SERVICES[service];
    if (!stages) {
      throw new DolistreamError('CONFIG_INVALID', `There is no service ${JSON.stringify(service)}`, {
        fix: `Name one of ${Object.keys(SERVICES).join(', ')}.`,
      });
    }
    if (given.kafkaBrokers === null) {
      throw new DolistreamError('CONFIG_INVALID', 'Services share their change log on Kafka', {
        fix: 'Name it with --kafka-brokers HOST:PORT, or run everything in one process: dolistream up.',
      });
    }
    // Several services may share a machine; each has its own folder.
    const options = { ...given, data: join(given.data, service) };
    const composition = await loadComposition();
    await using open = await openRuntime({ options, composition, terminal: io.stderr, stages });
    await open.runtime.start({ http: true });
    const { http } = await open.runtime.status();
    if (options.json) printJson(io, { ready: true, service, http, dataDir: options.data });
    say(io, `${service} runs; HTTP at ${http ?? 'no port'}; data in ${options.data}.`);
    await Promise.race([open.runtime.finished(), untilAborted(signal)]);
    return EXIT.done;
  },
};
