import type { SourceAddress as AddressWithTls } from '../adapters/mariadb/connection.ts';
import { openMariadbSource } from '../adapters/mariadb/mariadb-source.ts';
import type { ChangeSource } from '../core/ports/change-source.ts';
import { selectDroppedColumns, selectTables } from './name-rules.ts';
import type { Options } from './options.ts';
import { readPem } from './pem-file.ts';
import { requireSource } from './source-address.ts';

/**
 * The database that the options name, with the rules of what leaves it. `serverId`: for the case that no option gives one.
 * Rejects with SOURCE_UNREACHABLE, SOURCE_AUTH, SOURCE_NOT_READY or CONFIG_INVALID.
 */
export function openSource(options: Options, serverId: number): Promise<ChangeSource> {
  const captures = selectTables(options);
  const drops = selectDroppedColumns(options);
  return openMariadbSource({
    address: addressOf(options),
    serverId: options.serverId ?? serverId,
    rules: { captures, drops },
    staleAfterMs: options.staleSeconds * 1000,
  });
}

/** Where it is and how to log in there. Throws CONFIG_INVALID when the options name no source. */
export const addressOf = (options: Options): AddressWithTls => ({
  ...requireSource(options),
  ssl: tlsOf(options),
});

function tlsOf(
  options: Options,
): { ca?: string; cert?: string; key?: string; rejectUnauthorized: boolean } | undefined {
  if (options.tls === 'off') return undefined;
  const ca = readPem(options.tlsCa);
  const cert = readPem(options.tlsCert);
  const key = readPem(options.tlsKey);
  return {
    rejectUnauthorized: options.tls === 'verify',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
