import { DolistreamError, EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import type { Options } from '../../options.ts';
import { type AlertPreview, previewAlerts } from '../../preview-alerts.ts';
import type { RuntimeClient } from '../../runtime.ts';
import { type CliIo, printJson, printLine, say } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { makePrintable as printable } from '../printable.ts';

export const alertsCommand: Command = {
  name: 'alerts',
  summary: 'Cases of alerts: list, ack, answer, mute, unmute; channels, a test message, a preview of routes.',
  operands: ['ACTION'],
  examples: [
    'alerts list --all',
    'alerts ack --case 3f2a9c01d4e5b677 --by Paul',
    'alerts answer --case 3f2a9c01d4e5b677 --answer normal',
    'alerts mute --rule intervention_cost --customer 12 --hours 48',
    'alerts unmute --mute 0a1b2c3d4e5f',
    'alerts channels',
    'alerts test --channel slack',
    'alerts preview --alerts-file alerts.yaml   (what these routes would have told in twelve months)',
  ],
  run: async ({ options, operands, io, signal, loadComposition }) => {
    const action = ACTIONS[operands[0]!];
    if (!action) {
      throw new DolistreamError('CONFIG_INVALID', `"${operands[0]}" is no action of alerts`, {
        fix: `Use one of: ${Object.keys(ACTIONS).join(', ')}.`,
      });
    }
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    await action(connection.client, options, io, signal);
    return EXIT.done;
  },
};

type Action = (client: RuntimeClient, options: Options, io: CliIo, signal: AbortSignal) => Promise<void>;

function requireOption(value: string | null, flag: string, fix: string): string {
  if (value !== null) return value;
  throw new DolistreamError('CONFIG_INVALID', `${flag} was not given`, { fix });
}

const caseOf = ({ alertCase }: Options): string =>
  requireOption(alertCase, '--case', 'Take the id from: dolistream alerts list');

const show = (io: CliIo, { json }: Options, value: unknown, line: string): void =>
  json ? printJson(io, value) : printLine(io, printable(line));

const timeOf = (ms: number | null): string =>
  ms === null ? 'for ever' : new Date(ms).toISOString().slice(0, 16);

async function list({ alerts }: RuntimeClient, options: Options, io: CliIo): Promise<void> {
  const cases = await alerts.cases({ all: options.all });
  const mutes = await alerts.mutes();
  if (options.json) return printJson(io, { cases, mutes });
  if (cases.length === 0) say(io, options.all ? 'There is no case.' : 'No case is open.');
  for (const { id, state, severity, openedAt, title } of cases) {
    const when = timeOf(Number(openedAt));
    printLine(
      io,
      printable(
        `${id}  ${String(state).padEnd(12)} ${String(severity).padStart(3)}  ${when}  ${String(title)}`,
      ),
    );
  }
  for (const { id, scope, until, by } of mutes) {
    printLine(
      io,
      printable(
        `mute ${id}  until ${timeOf(until)}  ${JSON.stringify(scope)}${by === '' ? '' : ` by ${by}`}`,
      ),
    );
  }
}

async function channels({ alerts }: RuntimeClient, options: Options, io: CliIo): Promise<void> {
  const all = await alerts.channels();
  if (options.json) return printJson(io, { channels: all });
  for (const { name, kind, ok, waiting, delivered, refused, lastError } of all) {
    const said = lastError === null ? '' : `  ${lastError}`;
    const counts = `${delivered} delivered, ${waiting} waiting, ${refused} refused`;
    printLine(
      io,
      printable(`${name.padEnd(14)} ${kind.padEnd(8)} ${ok ? 'ok     ' : 'failing'}  ${counts}${said}`),
    );
  }
}

async function mute({ alerts }: RuntimeClient, options: Options, io: CliIo): Promise<void> {
  const { rule, customer, site, alertCase, hours, by } = options;
  const scope = {
    ...(alertCase === null ? {} : { case: alertCase }),
    ...(rule === null ? {} : { rule }),
    ...(customer === null ? {} : { customer }),
    ...(site === null ? {} : { site }),
  };
  if (Object.keys(scope).length === 0) {
    throw new DolistreamError('CONFIG_INVALID', 'What to mute was not given', {
      fix: 'Add one or more of --case, --rule, --customer, --site.',
    });
  }
  const made = await alerts.mute({ scope, hours, by });
  show(io, options, made, `Muted until ${timeOf(made.until)}; to lift it: alerts unmute --mute ${made.id}`);
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list,
  channels,
  mute,
  ack: async ({ alerts }, options, io) => {
    const request = { case: caseOf(options), action: 'acknowledge', via: 'cli', note: '' } as const;
    const next = await alerts.act({ ...request, by: options.by });
    show(io, options, next, `Case ${next.id} is ${String(next['state'])}.`);
  },
  answer: async ({ alerts }, options, io) => {
    const id = caseOf(options);
    const { answer, by } = options;
    if (answer === null) requireOption(answer, '--answer', 'Give --answer useful, normal or data_error.');
    const next = await alerts.act({ case: id, action: answer ?? 'useful', via: 'cli', by, note: '' });
    show(io, options, next, `Case ${next.id} is ${String(next['state'])}.`);
  },
  unmute: async ({ alerts }, options, io) => {
    const id = requireOption(options.muteId, '--mute', 'Take the id from: dolistream alerts list');
    const lifted = await alerts.unmute({ id });
    show(io, options, lifted, `Mute ${lifted.id} is lifted.`);
  },
  test: async ({ alerts }, options, io) => {
    const channel = requireOption(
      options.channel,
      '--channel',
      'Take a name from: dolistream alerts channels',
    );
    const sent = await alerts.test({ channel });
    show(
      io,
      options,
      { ...sent, delivered: true },
      `The channel ${sent.channel} (${sent.kind}) took the test message.`,
    );
  },
  preview: async (client, options, io, signal) =>
    printPreview(io, options, await previewAlerts(client, options, signal)),
};

function printPreview(io: CliIo, { json }: Options, preview: AlertPreview): void {
  if (json) return printJson(io, preview);
  if (preview.since === null) return say(io, 'No alert was raised in the last twelve months.');
  say(
    io,
    `${preview.alerts} alerts since ${preview.since.slice(0, 10)}, as these routes would have told them:`,
  );
  for (const { route, messages, cases, mostInADay, examples } of preview.routes) {
    if (route === null && messages === 0) continue;
    const name = route === null ? 'no route (every channel)' : `route ${route}`;
    printLine(io, `${name}: ${messages} messages about ${cases} cases, at most ${mostInADay} in a day`);
    for (const { at, title, severity } of examples) {
      printLine(io, printable(`  ${timeOf(at)}  ${String(severity).padStart(3)}  ${title}`));
    }
  }
}
