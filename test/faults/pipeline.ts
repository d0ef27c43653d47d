/** What the faults happen to, whatever its form: one process, or a process for each service. */
import type { CliResult } from '../support/cli-process.ts';
import type { ClickhouseServer } from '../support/clickhouse-server.ts';
import type { ChangeCounts } from '../support/count-changes.ts';
import type { TestKafka } from '../support/kafka-server.ts';
import type { ServiceGroup } from '../support/service-group.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import type { ClockSetting } from './clock-setting.ts';

/** So that a cut connection that nobody tells of is noticed soon. */
export const EXTRA_OPTIONS: readonly string[] = ['--stale-seconds', '5'];

export interface Servers {
  readonly kafka: TestKafka;
  readonly kafkaLink: TcpProxy;
  readonly registryLink: TcpProxy;
  readonly clickhouse: ClickhouseServer;
  readonly clickhouseLink: TcpProxy;
}

export interface Pipeline extends AsyncDisposable {
  /** What ended otherwise than it should have, so far. */
  readonly problems: string[];
  /** kill -9 of the process, or of this one of the services. */
  kill(service?: string): Promise<void>;
  /** A new one in the place of one that was killed; resolves when it listens. */
  start(service?: string): Promise<void>;
  verify(): Promise<CliResult>;
  /** Ends the pipeline as an operator would. */
  stop(): Promise<void>;
  /** After `stop`: what is wrong in the log and in raw.events. */
  audit(expected: ChangeCounts): Promise<string[]>;
  /** null in one process. */
  readonly services: ServiceGroup | null;
  readonly servers: Servers | null;
}

export interface PipelinePlace {
  /** URL of the source. */
  readonly source: string;
  readonly dataDir: string;
  /** null: the processes have the machine's clock. */
  readonly clock: ClockSetting | null;
}

/** Says what a process that should have been running had ended with. */
export function noteEarlyEnd(problems: string[], name: string, result: CliResult | null): void {
  if (result === null || result.code === null) return;
  problems.push(`${name} had ended by itself with exit code ${result.code}: ${result.stderr.slice(-3000)}`);
}
