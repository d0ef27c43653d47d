/** The process that runs on the data folder, and who may ask it. */
import { asDolistreamError } from '../../core/errors.ts';
import { readRunRecord } from '../data-dir.ts';
import { connectHttpRuntime } from '../http-runtime.ts';
import { isLoopback } from '../option-types.ts';
import type { Options } from '../options.ts';
import type { StageStatus } from '../runtime.ts';
import { type Check, fail, pass, warn } from './check.ts';
import { reach } from './reach-checks.ts';

export async function checkHttp(options: Options): Promise<Check[]> {
  const { http, httpToken, httpViewerToken, httpCert, httpUsers } = options;
  const isHere = isLoopback(http.host);
  const address = `${http.host}:${http.port}`;
  return [
    await checkPort(options, address),
    isHere
      ? pass('http', 'open to', 'this machine only')
      : pass(
          'http',
          'open to',
          `the network, with ${httpUsers === null ? 'tokens' : 'passwords and tokens'}`,
        ),
    isHere || httpCert !== null
      ? pass('http', 'encryption', httpCert === null ? 'not needed on one machine' : 'TLS')
      : warn(
          'http',
          'encryption',
          'none: passwords cross the network in the clear',
          'Set --http-cert and --http-key, or put a proxy with TLS in front',
        ),
    pass(
      'http',
      'tokens',
      `operator ${httpToken === null ? 'not set' : 'set'}, viewer ${httpViewerToken === null ? 'not set' : 'set'}`,
    ),
  ];
}

/** Free, or ours: else `up` could not listen. */
async function checkPort({ data, http }: Options, address: string): Promise<Check> {
  const record = readRunRecord(data);
  if (record !== null) return pass('http', 'address', `${record.http} (process ${record.pid})`);
  const isFree =
    http.port === 0 || (await reach(http.host === '0.0.0.0' ? '127.0.0.1' : http.host, http.port)) !== null;
  return isFree
    ? pass('http', 'address', `${address}, free`)
    : fail(
        'http',
        'address',
        `${address} is used by another program`,
        'Choose another with --http HOST:PORT',
      );
}

export async function checkPipeline({ data, httpToken }: Options): Promise<Check[]> {
  const record = readRunRecord(data);
  if (record === null) return [pass('pipeline', 'state', 'nothing runs on this folder')];
  try {
    const client = connectHttpRuntime({ baseUrl: record.http, token: httpToken, cert: record.cert });
    const { stages, purge } = await client.status();
    const risk =
      purge?.atRisk === true
        ? [
            warn(
              'pipeline',
              'binlog',
              'unread binlog is about to be deleted',
              'SET GLOBAL binlog_expire_logs_seconds=604800;',
            ),
          ]
        : [];
    return [...stages.map(checkStage), ...risk];
  } catch (error) {
    const { message, fix } = asDolistreamError(error, 'INTERNAL');
    return [fail('pipeline', 'state', message, fix ?? 'Look at its log in the folder logs')];
  }
}

function checkStage({ name, state, lagSeconds, error }: StageStatus): Check {
  const behind = lagSeconds === null ? '' : `, ${lagSeconds.toFixed(1)} s behind`;
  const value = `${state}${behind}${error === null ? '' : `: ${error}`}`;
  if (state === 'running') return pass('pipeline', name, value);
  const fix = 'The message says why; docs/errors.md says what to do';
  return state === 'failed' ? fail('pipeline', name, value, fix) : warn('pipeline', name, value, fix);
}
