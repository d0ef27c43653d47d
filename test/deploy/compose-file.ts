/** docker-compose.yml as Compose reads it: merged, and with its variables filled in. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { packagePath } from '../../app/paths.ts';

export interface ComposeService {
  readonly image?: string;
  readonly build?: unknown;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | boolean | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
  readonly deploy?: unknown;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly logging?: unknown;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, { readonly environment?: string }>>;
}

export interface Variable {
  readonly name: string;
  /** `required`: Compose stops without it. `default`: stands in for it, also when it is empty. */
  readonly rule: 'required' | 'default';
  /** The default, or what Compose says when it is missing. */
  readonly text: string;
}

export type Values = Readonly<Record<string, string>>;

export const COMPOSE_TEXT = readFileSync(packagePath('docker-compose.yml'), 'utf8');

export const parseCompose = (text: string): ComposeFile => parse(text, { merge: true }) as ComposeFile;

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:\?|:-)([^}]*))?\}/g;

/** Every use of a variable, in order. A `$` that is neither `$$` nor one of the two forms we use is a mistake. */
export function variablesOf(text: string): readonly Variable[] {
  const uses = [...text.matchAll(VARIABLE)].map(([, name, rule, rest]) => ({
    name: name!,
    rule: rule === ':-' ? ('default' as const) : ('required' as const),
    text: rest ?? '',
  }));
  const strange = /\$/.exec(text.replace(VARIABLE, '').replaceAll('$$', ''));
  if (strange) throw new Error(`a bare $ at character ${strange.index}`);
  return uses;
}

/** Fills in variables as Compose does: an empty one counts as missing. */
export function interpolate(text: string, values: Values): string {
  return text
    .replace(VARIABLE, (_use, name: string, rule: string | undefined, rest = '') => {
      const value = values[name] ?? '';
      if (value !== '') return value;
      if (rule === ':-') return rest as string;
      throw new Error(`${name} is not set: ${rest as string}`);
    })
    .replaceAll('$$', '$');
}

/** The environment of a service as its container gets it. */
export function environmentOf(service: ComposeService, values: Values): Values {
  const entries = Object.entries(service.environment ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, interpolate(String(value ?? ''), values)]));
}

/** What deploy/make-env.sh prints, each time with other secrets. */
export const makeEnvironment = (): Values =>
  parseEnv(execFileSync('sh', [packagePath('deploy', 'make-env.sh')], { encoding: 'utf8' })) as Values;

export const COMPOSE: ComposeFile = parseCompose(COMPOSE_TEXT);

/** Services that run our image, by name. */
export const OURS = Object.entries(COMPOSE.services).filter(([, service]) => service.build !== undefined);

export const GUIDE = readFileSync(packagePath('docs', '08-distributed.md'), 'utf8');

/** Names in .env.example, commented or not, and the other names that it gives for the same. */
export function documentedNames(): ReadonlySet<string> {
  const example = readFileSync(packagePath('.env.example'), 'utf8');
  const own = [...example.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name!);
  const others = [...example.matchAll(/^# Also: (.*)$/gm)].flatMap(([, names]) => names!.split(', '));
  return new Set([...own, ...others]);
}

/** Names in the guide's table of variables that only Compose reads. */
export const guideNames = (): ReadonlySet<string> =>
  new Set([...GUIDE.matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\|/gm)].map(([, name]) => name!));
