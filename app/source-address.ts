/** Where the source database is, from one URL or from the parts that Dolibarr's own names give. */
import { DolistreamError } from '../core/errors.ts';
import type { OptionType } from './option-types.ts';

export interface SourceAddress {
  /** Host name, or the path of a Unix socket when it starts with `/`. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export const DEFAULT_SOURCE_PORT = 3306;

/** A URL may leave user, password and database to the environment. */
export type SourceUrl = Pick<SourceAddress, 'host' | 'port'> & Partial<SourceAddress>;

export const sourceUrl: OptionType<SourceUrl> = {
  expected: 'mysql://user:password@host:port/database, with special characters in user or password %-encoded',
  parse: (value) => {
    if (!URL.canParse(value)) return undefined;
    const url = new URL(value);
    if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') return undefined;
    const database = decodePart(url.pathname.slice(1));
    const user = decodePart(url.username);
    const password = decodePart(url.password);
    const host = decodePart(url.hostname);
    if (database === undefined || user === undefined || password === undefined || !host) return undefined;
    if (database.includes('/') || url.search !== '' || url.hash !== '') return undefined;
    return {
      host: host.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? DEFAULT_SOURCE_PORT : Number(url.port),
      ...(user !== '' && { user }),
      ...(password !== '' && { password }),
      ...(database !== '' && { database }),
    };
  },
};

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** The source as one line for people: never with the password. */
export function describeSource(source: SourceAddress): string {
  if (source.host.startsWith('/')) return `${source.user}@${source.host}/${source.database}`;
  const host = source.host.includes(':') ? `[${source.host}]` : source.host;
  return `mysql://${source.user}@${host}:${source.port}/${source.database}`;
}

export interface SourceParts {
  readonly sourceHost: string | null;
  readonly sourcePort: number;
  readonly sourceDatabase: string | null;
  readonly sourceUser: string | null;
  readonly sourcePassword: string | null;
}

/** The address that the URL gives, completed from the parts; null when nothing names a source. */
export function combineSource(
  url: SourceUrl | null,
  parts: SourceParts,
): { readonly source: SourceAddress | null; readonly problems: readonly string[] } {
  const named = url !== null || parts.sourceHost !== null || parts.sourceDatabase !== null;
  if (!named) return { source: null, problems: [] };
  const user = url?.user ?? parts.sourceUser;
  const database = url?.database ?? parts.sourceDatabase;
  if (user === null || database === null) {
    const missing = [
      ...(user === null ? ['user: put it in --source or set DOLIBARR_DB_USER.'] : []),
      ...(database === null ? ['database: put it in --source or set DOLIBARR_DB_NAME.'] : []),
    ];
    return { source: null, problems: missing.map((what) => `--source (DOLISTREAM_SOURCE) has no ${what}`) };
  }
  const host = url?.host ?? parts.sourceHost ?? '127.0.0.1';
  const port = url?.port ?? parts.sourcePort;
  const password = url?.password ?? parts.sourcePassword ?? '';
  return { source: { host, port, user, password, database }, problems: [] };
}

/** The source of commands that cannot do without; throws CONFIG_INVALID when there is none. */
export function requireSource(options: { readonly source: SourceAddress | null }): SourceAddress {
  if (options.source !== null) return options.source;
  throw new DolistreamError(
    'CONFIG_INVALID',
    '--source (DOLISTREAM_SOURCE) is missing: no source is named.',
    {
      fix: 'Give --source mysql://user@host:3306/database and the password in DOLISTREAM_SOURCE_PASSWORD, or set the DOLIBARR_DB_ names.',
    },
  );
}
