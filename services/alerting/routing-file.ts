/** The file of routes: what may stand in it, and one list of everything that is wrong with it. */
import { Cron } from 'croner';
import { DolistreamError } from '../../core/errors.ts';
import type { QuietHours } from './business-calendar.ts';
import { DEFAULT_ROUTING, type Escalation, PLAIN_ROUTE, type Route, type Routing } from './routing.ts';

/** A channel that only the file names; its secrets come from the options. */
export type ChannelSpec =
  | { readonly name: string; readonly type: 'slack'; readonly channel: string }
  | { readonly name: string; readonly type: 'mail'; readonly to: readonly string[] };

export interface RoutingFile {
  readonly channels: readonly ChannelSpec[];
  readonly routing: Routing;
}

type Fields = Readonly<Record<string, unknown>>;
/** Returns the value, or undefined when it is none. */
type Read<Value> = (value: unknown) => Value | undefined;

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_LIST = 200;

const readNumber: Read<number> = (value) =>
  typeof value === 'number' && value >= 0 && value <= 100 ? value : undefined;
const readBoolean: Read<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);
const readList: Read<readonly string[]> = (value) => {
  const all = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const texts = all.map((each) => (typeof each === 'number' ? String(each) : each));
  const isFine = texts.length <= MAX_LIST && texts.every((each) => typeof each === 'string' && each !== '');
  return isFine ? (texts as readonly string[]) : undefined;
};
const readDuration: Read<number> = (value) => {
  const match = typeof value === 'string' ? /^(\d{1,5})([mhd])$/.exec(value) : null;
  return match ? Number(match[1]) * UNITS[match[2]!]! : undefined;
};
const readTime: Read<number> = (value) => {
  const match = typeof value === 'string' ? /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(value) : null;
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
};
const readProof: Read<string | null> = (value) => {
  if (value === 'none') return null;
  if (typeof value !== 'string') return undefined;
  try {
    new Cron(value, { paused: true });
    return value;
  } catch {
    return undefined; // Refused by the parser of cron lines: told as a problem.
  }
};

const readFlood: Read<number | null> = (value) => {
  if (value === 'none') return null;
  const isCount = Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1000;
  return isCount ? (value as number) : undefined;
};

const DURATION = 'a time such as 30m, 4h or 2d';
const TIME = 'a time of the day such as "08:00"';
const LIST = 'a text or a list of texts';
const NUMBER = 'a number from 0 to 100';

/** Reads one mapping of the file and notes what is wrong with it. */
class Section {
  readonly #fields: Fields;
  readonly #path: string;
  readonly #problems: string[];

  constructor(value: unknown, path: string, known: readonly string[], problems: string[]) {
    const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    this.#fields = isMapping ? (value as Fields) : {};
    this.#path = path;
    this.#problems = problems;
    if (!isMapping) problems.push(`${path === '' ? 'The file' : path} is not a mapping of names to values`);
    for (const name of Object.keys(this.#fields).filter((field) => !known.includes(field))) {
      problems.push(`${this.at(name)} is not known; expected one of ${known.join(', ')}`);
    }
  }

  at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  raw(name: string): unknown {
    return this.#fields[name] ?? undefined;
  }

  get names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  wrong(name: string, expected: string): void {
    const shown = JSON.stringify(this.#fields[name])?.slice(0, 80) ?? 'nothing';
    this.#problems.push(`${this.at(name)}: ${shown} is not ${expected}`);
  }

  read<Value>(name: string, read: Read<Value>, expected: string, absent: Value): Value {
    if (this.raw(name) === undefined) return absent;
    const value = read(this.raw(name));
    if (value !== undefined) return value;
    this.wrong(name, expected);
    return absent;
  }

  /** The entries of a list with their paths. */
  entries(name: string): readonly (readonly [value: unknown, path: string])[] {
    const value = this.raw(name) ?? [];
    if (Array.isArray(value) && value.length <= MAX_LIST)
      return (value as readonly unknown[]).map((entry, index) => [entry, `${this.at(name)}[${index}]`]);
    this.wrong(name, `a list of at most ${MAX_LIST} entries`);
    return [];
  }
}

function readQuiet(value: unknown, path: string, problems: string[]): QuietHours {
  const section = new Section(value, path, ['from', 'to', 'weekends', 'holidays'], problems);
  return {
    from: section.read('from', readTime, TIME, 0),
    to: section.read('to', readTime, TIME, 0),
    weekends: section.read('weekends', readBoolean, 'true or false', false),
    holidays: section.read('holidays', readBoolean, 'true or false', false),
  };
}

const ROUTE_FIELDS = [
  ...['rules', 'severity', 'below', 'customers', 'sites', 'to', 'quiet', 'urgent', 'digest', 'escalate'],
  'continue',
];

function readRoute(value: unknown, path: string, problems: string[]): Route {
  const section = new Section(value, path, ROUTE_FIELDS, problems);
  const quiet = section.raw('quiet');
  const escalate = section.entries('escalate').map(([entry, at]): Escalation => {
    const step = new Section(entry, at, ['after', 'to'], problems);
    return {
      afterMs: step.read('after', readDuration, DURATION, 0),
      to: step.read('to', readList, LIST, []),
    };
  });
  if (section.raw('to') === undefined) problems.push(`${path}.to is missing; use [] to tell nobody`);
  const { match } = PLAIN_ROUTE;
  return {
    match: {
      rules: section.read('rules', readList, LIST, []),
      severity: section.read('severity', readNumber, NUMBER, 0),
      below: section.read('below', readNumber, NUMBER, match.below),
      customers: section.read('customers', readList, LIST, []),
      sites: section.read('sites', readList, LIST, []),
    },
    to: section.read('to', readList, LIST, []),
    quiet: quiet === undefined ? null : readQuiet(quiet, `${path}.quiet`, problems),
    urgent: section.read('urgent', readNumber, NUMBER, PLAIN_ROUTE.urgent),
    digest: section.read('digest', readTime, TIME, null as number | null),
    escalate,
    goOn: section.read('continue', readBoolean, 'true or false', false),
  };
}

const MAIL_ADDRESS = /^[^\s@<>"(),;:\\[\]]{1,64}@[A-Za-z0-9.-]{1,255}$/;

function readChannel(name: string, value: unknown, problems: string[]): ChannelSpec | null {
  const path = `channels.${name}`;
  const section = new Section(value, path, ['type', 'channel', 'to'], problems);
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
    problems.push(`${path}: a channel's name is small letters, digits and dashes, such as site-team`);
  const type = section.raw('type');
  if (type === 'slack') {
    const channel = section.raw('channel');
    if (typeof channel === 'string' && /^[CGD][A-Z0-9]{5,20}$/.test(channel)) return { name, type, channel };
    section.wrong('channel', "the id of a Slack channel, such as C0123ABCD (in the channel's details)");
  } else if (type === 'mail') {
    const to = readList(section.raw('to')) ?? [];
    if (to.length > 0 && to.every((address) => MAIL_ADDRESS.test(address))) return { name, type, to };
    section.wrong('to', 'a mail address or a list of them');
  } else section.wrong('type', 'slack or mail');
  return null;
}

/** Names in `to` that are no channel: an alert sent there would reach nobody. */
function checkNames({ routes, fallback }: Routing, known: readonly string[], problems: string[]): void {
  const check = (path: string, names: readonly string[]): void => {
    for (const name of names.filter((each) => !known.includes(each))) {
      problems.push(`${path}: there is no channel ${JSON.stringify(name)}; there is ${known.join(', ')}`);
    }
  };
  check('fallback', fallback);
  routes.forEach(({ to, escalate }, index) => {
    check(`routes[${index}].to`, to);
    escalate.forEach((step, place) => check(`routes[${index}].escalate[${place}].to`, step.to));
  });
}

const FILE_FIELDS = [
  ...['channels', 'routes', 'fallback', 'cool_down', 'close_after', 'pipe_late_after', 'proof_of_life'],
  'flood',
];

/**
 * `content` is the parsed file, `configured` the names of the channels that options set up. Throws CONFIG_INVALID with
 * everything that is wrong.
 */
export function readRoutingFile(
  content: unknown,
  configured: readonly string[],
  fallbackRouting: (channels: readonly ChannelSpec[]) => Routing,
): RoutingFile {
  const problems: string[] = [];
  const file = new Section(content ?? {}, '', FILE_FIELDS, problems);
  const declared = file.raw('channels');
  const all = declared === undefined ? {} : declared;
  const names = new Section(all, 'channels', Object.keys(Object(all) as Fields), problems).names;
  const channels = names.flatMap((name) => {
    if (configured.includes(name)) problems.push(`channels.${name} is the name of a channel of the options`);
    return readChannel(name, (all as Fields)[name], problems) ?? [];
  });
  const routes = file.entries('routes').map(([entry, path]) => readRoute(entry, path, problems));
  const routing: Routing = {
    routes: file.raw('routes') === undefined ? fallbackRouting(channels).routes : routes,
    fallback: file.read('fallback', readList, LIST, DEFAULT_ROUTING.fallback),
    coolDownMs: file.read('cool_down', readDuration, DURATION, DEFAULT_ROUTING.coolDownMs),
    closeAfterMs: file.read('close_after', readDuration, DURATION, DEFAULT_ROUTING.closeAfterMs),
    pipeLateMs: file.read('pipe_late_after', readDuration, DURATION, DEFAULT_ROUTING.pipeLateMs),
    proof: file.read(
      'proof_of_life',
      readProof,
      'a cron line such as "0 8 * * 1", or none',
      DEFAULT_ROUTING.proof,
    ),
    flood: file.read('flood', readFlood, 'a whole number from 1 to 1000, or none', DEFAULT_ROUTING.flood),
  };
  checkNames(routing, [...configured, ...names], problems);
  if (problems.length === 0) return { channels, routing };
  const list = problems.length === 1 ? problems[0]! : problems.map((each) => `\n  - ${each}`).join('');
  throw new DolistreamError('CONFIG_INVALID', `The file of alert routes is wrong: ${list}`, {
    fix: 'Correct what is named; docs/12-alerts.md has an example.',
  });
}
