/** What alerting is made of, from the options and the file of routes: channels, routes, and what messages link to. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { createMailNotifier } from '../adapters/mail/mail-notifier.ts';
import { createSlackBot } from '../adapters/slack/slack-bot.ts';
import { createSlackHook } from '../adapters/slack/slack-hook.ts';
import { createWebhookNotifier } from '../adapters/webhook/webhook-notifier.ts';
import type { Clock } from '../core/clock.ts';
import { asDolistreamError, DolistreamError } from '../core/errors.ts';
import type { Notifier } from '../core/ports/notifier.ts';
import type { Wording } from '../services/alerting/compose-message.ts';
import { type ChannelSpec, readRoutingFile, type RoutingFile } from '../services/alerting/routing-file.ts';
import { defaultRouting, type Routing } from '../services/alerting/routing.ts';
import { signLink } from '../services/alerting/signed-link.ts';
import { isLoopback } from './option-types.ts';
import type { Options } from './options.ts';
import { readPem } from './pem-file.ts';

export interface AlertSettings {
  readonly notifiers: readonly Notifier[];
  readonly routing: Routing;
  readonly wording: Wording;
  /** Key of the links by which people answer. */
  readonly linkKey: Buffer;
}

const KEY_FILE = 'link-key';
const LINK_LIFE_MS = 30 * 86_400_000;

/** Drawn when it is first needed and kept in the data folder: links stay good over restarts. */
function readLinkKey(folder: string): Buffer {
  const file = join(folder, KEY_FILE);
  try {
    const kept = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f]{64}$/.test(kept)) return Buffer.from(kept, 'hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw asDolistreamError(error, 'DATA_DIR_UNUSABLE');
  }
  const drawn = randomBytes(32);
  writeFileSync(file, `${drawn.toString('hex')}\n`, { mode: 0o600 });
  return drawn;
}

async function parseRoutes(path: string): Promise<unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new DolistreamError('CONFIG_INVALID', `The file of alert routes ${path} cannot be read`, {
      fix: 'Name a file that this user can read with --alerts-file.',
      cause: error,
    });
  }
  try {
    return extname(path) === '.json' ? JSON.parse(text) : (await import('yaml')).parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new DolistreamError(
      'CONFIG_INVALID',
      `The file of alert routes ${path} cannot be parsed: ${said}`,
      {
        fix: 'Write it as in docs/12-alerts.md; the name ends in .yaml, .yml or .json.',
        cause: error,
      },
    );
  }
}

const incomplete = (what: string, fix: string): DolistreamError =>
  new DolistreamError('CONFIG_INVALID', what, { fix });

function createMail(options: Options, name: string, to: readonly string[]): Notifier {
  const { smtpUrl, smtpCa, mailFrom } = options;
  if (smtpUrl === null || mailFrom === null) {
    throw incomplete(
      `The channel ${name} sends mail, and ${smtpUrl === null ? 'DOLISTREAM_SMTP_URL' : '--mail-from'} is not set`,
      'Set DOLISTREAM_SMTP_URL, --mail-from and --mail-to.',
    );
  }
  const ca = readPem(smtpCa);
  return createMailNotifier({ name, smtpUrl, from: mailFrom, to, ...(ca === undefined ? {} : { ca }) });
}

function createBot({ slackToken }: Options, name: string, channel: string): Notifier {
  if (slackToken !== null) return createSlackBot({ name, token: slackToken, channel });
  throw incomplete(`The channel ${name} posts to Slack, and DOLISTREAM_SLACK_TOKEN is not set`, 'Set it.');
}

/** The channels that the options name, without those of the file. */
export function configuredChannels(options: Options): Notifier[] {
  const { webhookUrl, slackToken, slackChannel, smtpUrl, mailTo, hookUrl, hookSecret } = options;
  if (slackChannel !== null && slackToken === null) createBot(options, 'slack', slackChannel);
  return [
    ...(webhookUrl === null ? [] : [createSlackHook({ url: webhookUrl })]),
    ...(slackToken === null || slackChannel === null ? [] : [createBot(options, 'slack', slackChannel)]),
    ...(mailTo.length === 0 || smtpUrl === null ? [] : [createMail(options, 'mail', mailTo)]),
    ...(hookUrl === null ? [] : [createWebhookNotifier({ url: hookUrl, secret: hookSecret })]),
  ];
}

const createChannel = (options: Options, spec: ChannelSpec): Notifier =>
  spec.type === 'slack'
    ? createBot(options, spec.name, spec.channel)
    : createMail(options, spec.name, spec.to);

/** Where people reach the HTTP port; null where nobody could follow a link. */
function publicBase({ publicUrl, http }: Options): string | null {
  if (publicUrl !== null) return publicUrl.replace(/\/+$/, '');
  const host = http.host.includes(':') ? `[${http.host}]` : http.host;
  return isLoopback(http.host) && http.port !== 0 ? `http://${host}:${http.port}` : null;
}

/** The routes of the file, or those without one, for the channels that options and file set up. Throws CONFIG_INVALID. */
export async function readRouting(
  options: Options,
  configured: readonly Pick<Notifier, 'name' | 'kind'>[],
): Promise<RoutingFile> {
  const plan = (declared: readonly ChannelSpec[]): Routing =>
    defaultRouting([...configured, ...declared.map(({ name, type }) => ({ name, kind: type }))]);
  if (options.alertsFile === null) return { channels: [], routing: plan([]) };
  const names = configured.map(({ name }) => name);
  return readRoutingFile(await parseRoutes(options.alertsFile), names, plan);
}

/**
 * `first`: channels that are always there. Throws CONFIG_INVALID with what is missing or wrong in the options and in the
 * file of routes.
 */
export async function readAlertSettings(
  options: Options,
  folder: string,
  first: readonly Notifier[],
  clock: Clock,
): Promise<AlertSettings> {
  const configured = [...first, ...configuredChannels(options)];
  const { channels, routing } = await readRouting(options, configured);
  const linkKey = readLinkKey(folder);
  const base = publicBase(options);
  return {
    ...{
      routing,
      linkKey,
      notifiers: [...configured, ...channels.map((spec) => createChannel(options, spec))],
    },
    wording: {
      ...{ locale: options.locale, zone: options.timeZone },
      dolibarrUrl: options.dolibarrUrl?.replace(/\/+$/, '') ?? null,
      answerUrl: (id) =>
        base && `${base}/a/${signLink(linkKey, { case: id, expires: clock.now() + LINK_LIFE_MS })}`,
    },
  };
}
