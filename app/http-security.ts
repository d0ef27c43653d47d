/** What of the options guards the HTTP port: its certificate and the people who may log in. */
import { readFileSync } from 'node:fs';
import { DolistreamError } from '../core/errors.ts';
import type { MonitorDeps } from '../services/monitor/build-app.ts';
import { parseUsers } from '../services/monitor/users.ts';
import type { Options } from './options.ts';
import { readPem } from './pem-file.ts';

/** Throws CONFIG_INVALID for a file that cannot be read or is wrong. */
export function httpSecurity({
  httpCert,
  httpKey,
  httpUsers,
}: Pick<Options, 'httpCert' | 'httpKey' | 'httpUsers'>): Pick<MonitorDeps, 'tls' | 'users'> {
  const [cert, key] = [readPem(httpCert), readPem(httpKey)];
  return {
    ...(cert === undefined || key === undefined ? {} : { tls: { cert, key } }),
    users: httpUsers === null ? [] : parseUsers(readUsers(httpUsers)),
  };
}

function readUsers(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DolistreamError('CONFIG_INVALID', `The file of users ${path} cannot be read`, {
      fix: 'Name with --http-users a file that this user can read.',
      cause: error,
    });
  }
}
