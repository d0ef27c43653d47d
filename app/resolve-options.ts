/**
 * Turns flags, environment and the .env file into checked `Options`. Everything that is wrong is reported at once,
 * in one CONFIG_INVALID; a secret's value is never part of the message.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { DolistreamError } from '../core/errors.ts';
import { findNearestName } from './nearest-name.ts';
import { type CommandName, type OptionSpec, takesOption } from './option-spec.ts';
import { type OptionName, OPTIONS, type Options, optionEntries, type OptionValues } from './options.ts';
import { combineSource } from './source-address.ts';

const PREFIX = 'DOLISTREAM_';

type Texts = Readonly<Record<string, string | undefined>>;

export interface OptionInput {
  readonly command: CommandName;
  /** Text of each flag that was given; switches give `true`. */
  readonly flags: Readonly<Partial<Record<OptionName, string>>>;
  readonly env: Texts;
  /** Folder where a default .env file is looked for. */
  readonly cwd: string;
}

/** Throws CONFIG_INVALID with every problem found. */
export function resolveOptions(input: OptionInput): Options {
  const problems: string[] = [];
  const file = readEnvFile(input, problems);
  const values: Record<string, unknown> = {};
  for (const [name, spec] of optionEntries()) {
    values[name] = takesOption(spec, input.command)
      ? readOption(spec, input.flags[name], [input.env, file], problems)
      : spec.default;
  }
  const parsed = values as unknown as OptionValues;
  checkHttp(parsed, problems);
  const { source: url, sourceHost, sourcePort, sourceDatabase, sourceUser, sourcePassword, ...rest } = parsed;
  const parts = { sourceHost, sourcePort, sourceDatabase, sourceUser, sourcePassword };
  const combined = combineSource(url, parts);
  problems.push(...combined.problems);
  throwProblems(problems);
  return { ...rest, data: resolve(input.cwd, rest.data), source: combined.source };
}

/** One CONFIG_INVALID for all of them; returns when there is none. */
export function throwProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const message =
    problems.length === 1
      ? problems[0]!
      : `${problems.length} options are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`;
  throw new DolistreamError('CONFIG_INVALID', message, {
    fix: 'Correct what is named above; `dolistream help` and docs/options.md list every option.',
  });
}

/**
 * Names in the environment that look like a mistyped one of ours. They are not an error there: Kubernetes, for one,
 * adds DOLISTREAM_SERVICE_HOST and the like by itself.
 */
export function findMistypedNames(env: Texts): readonly string[] {
  return unknownNames(env).flatMap((name) => {
    const nearest = findNearestEnvName(name);
    return nearest === undefined ? [] : [`${name} is not known; did you mean ${nearest}?`];
  });
}

/** Values that must never be printed. */
export function secretsOf(options: Options): readonly string[] {
  const named = options as unknown as Readonly<Record<string, unknown>>;
  const entries = optionEntries().filter(([, spec]) => spec.secret);
  const secrets = [options.source?.password, ...entries.map(([name]) => named[name])];
  return secrets.filter((secret): secret is string => typeof secret === 'string' && secret !== '');
}

/** Every name of an option, the flag first. */
export function optionNames(spec: Pick<OptionSpec<unknown>, 'flag' | 'env'>): readonly string[] {
  return [...(spec.flag === null ? [] : [spec.flag]), ...spec.env];
}

function readOption(
  spec: OptionSpec<unknown>,
  flag: string | undefined,
  environments: readonly Texts[],
  problems: string[],
): unknown {
  const found =
    flag === undefined ? findInEnvironments(spec, environments) : { from: spec.flag!, value: flag };
  if (found === undefined) return spec.default;
  const value = spec.type.parse(found.value);
  if (value !== undefined) return value;
  const shown = spec.secret ? 'the value (not shown)' : JSON.stringify(found.value);
  const others = optionNames(spec).filter((name) => name !== found.from);
  const also = others.length === 0 ? '' : ` (${others.join(', ')})`;
  problems.push(`${found.from}${also}: ${shown} is not valid; expected ${spec.type.expected}.`);
  return spec.default;
}

/** An empty variable counts as unset, as compose files leave them. */
function findInEnvironments(
  spec: Pick<OptionSpec<unknown>, 'env'>,
  environments: readonly Texts[],
): { readonly from: string; readonly value: string } | undefined {
  for (const environment of environments) {
    for (const name of spec.env) {
      const value = environment[name];
      if (value !== undefined && value !== '') return { from: name, value };
    }
  }
  return undefined;
}

function readEnvFile(input: OptionInput, problems: string[]): Texts {
  const named = input.flags.envFile ?? findInEnvironments(OPTIONS.envFile, [input.env])?.value;
  const path = named === undefined ? join(input.cwd, '.env') : resolve(input.cwd, named);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (named !== undefined || !missing) {
      problems.push(
        `--env-file: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`,
      );
    }
    return {};
  }
  const texts = parseEnv(content);
  for (const name of unknownNames(texts)) {
    const nearest = findNearestEnvName(name);
    const hint = nearest === undefined ? 'remove it' : `did you mean ${nearest}?`;
    problems.push(`${name} in ${path} is not known; ${hint}`);
  }
  return texts;
}

function checkHttp(values: OptionValues, problems: string[]): void {
  const { host } = values.http;
  if ((values.httpCert === null) !== (values.httpKey === null)) {
    const missing = values.httpCert === null ? '--http-cert' : '--http-key';
    problems.push(`${missing} is missing: the HTTP port needs both certificate and key to speak TLS.`);
  }
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (loopback || values.httpToken !== null || values.httpUsers !== null) return;
  problems.push(
    `--http (DOLISTREAM_HTTP): ${JSON.stringify(host)} can be reached from other machines; ` +
      'set DOLISTREAM_HTTP_TOKEN to a password of at least 16 characters, or --http-users, or listen on 127.0.0.1.',
  );
}

function allEnvNames(): readonly string[] {
  return optionEntries().flatMap(([, spec]) => spec.env);
}

/** What all names begin with says nothing about which one was meant. */
function findNearestEnvName(name: string): string | undefined {
  const ownNames = allEnvNames().filter((known) => known.startsWith(PREFIX));
  const nearest = findNearestName(
    name.slice(PREFIX.length),
    ownNames.map((known) => known.slice(PREFIX.length)),
  );
  return nearest === undefined ? undefined : `${PREFIX}${nearest}`;
}

function unknownNames(texts: Texts): readonly string[] {
  const known = new Set(allEnvNames());
  return Object.keys(texts).filter((name) => name.startsWith(PREFIX) && !known.has(name));
}
