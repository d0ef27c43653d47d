/** Whether what the options name can be reached: a connection is opened and closed, nothing is sent. */
import { connect } from 'node:net';
import type { Options } from '../options.ts';
import { type Check, fail, pass, type Section, warn } from './check.ts';

const TIMEOUT_MS = 5000;

interface Place {
  readonly section: Section;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly fix: string;
}

export async function checkPlaces(options: Options): Promise<Check[]> {
  const [stores, channels] = [storesOf(options), channelsOf(options)];
  return [
    ...(stores.length === 0 ? [pass('stores', 'all', 'in the data folder')] : await reachAll(stores)),
    ...(channels.length === 0
      ? [warn('alerts', 'channels', 'console only', 'Set DOLISTREAM_WEBHOOK_URL, or see docs/12-alerts.md')]
      : await reachAll(channels)),
  ];
}

function storesOf(options: Options): Place[] {
  const { kafkaBrokers, registryUrl, clickhouseUrl, s3Endpoint } = options;
  const brokers = (kafkaBrokers ?? []).map((broker): Place => {
    const { hostname, port } = new URL(`tcp://${broker}`);
    return { ...at('stores', 'kafka', '--kafka-brokers'), host: plainHost(hostname), port: Number(port) };
  });
  return [
    ...brokers,
    ...placeOf(at('stores', 'registry', '--registry-url'), registryUrl),
    ...placeOf(at('stores', 'clickhouse', '--clickhouse-url'), clickhouseUrl),
    ...placeOf(at('stores', 's3', '--s3-endpoint'), s3Endpoint),
  ];
}

function channelsOf({ webhookUrl, slackToken, smtpUrl, hookUrl }: Options): Place[] {
  return [
    ...placeOf(at('alerts', 'webhook', 'DOLISTREAM_WEBHOOK_URL'), webhookUrl),
    ...placeOf(at('alerts', 'slack', 'the way out to slack.com'), slackToken && 'https://slack.com'),
    ...placeOf(at('alerts', 'mail', 'DOLISTREAM_SMTP_URL'), smtpUrl),
    ...placeOf(at('alerts', 'hook', '--hook-url'), hookUrl),
  ];
}

const at = (section: Section, name: string, setting: string): Pick<Place, 'section' | 'name' | 'fix'> => ({
  ...{ section, name },
  fix: `Start the server, open the firewall, or correct ${setting}`,
});

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'smtp:': 587, 'smtps:': 465 };

/** Host and port only: the rest of such an address may be a secret. */
function placeOf(place: Pick<Place, 'section' | 'name' | 'fix'>, url: string | null): Place[] {
  if (url === null || !URL.canParse(url)) return [];
  const { hostname, port, protocol } = new URL(url);
  return [{ ...place, host: plainHost(hostname), port: port === '' ? (PORTS[protocol] ?? 0) : Number(port) }];
}

const plainHost = (host: string): string => host.replace(/^\[|\]$/g, '');

const reachAll = (places: readonly Place[]): Promise<Check[]> =>
  Promise.all(
    places.map(async ({ section, name, host, port, fix }) => {
      const outcome = await reach(host, port);
      return outcome === null
        ? pass(section, name, `${host}:${port} answers`)
        : fail(section, name, `${host}:${port} does not answer (${outcome})`, fix);
    }),
  );

/** null when somebody listens there, else why not. */
export function reach(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (outcome: string | null): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(TIMEOUT_MS, () => end('no answer in time'));
    socket.once('connect', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
