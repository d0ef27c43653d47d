import { DolistreamError } from '../../../core/errors.ts';
import { findMariadb, type MariadbPrograms } from './find-mariadb.ts';
import { installPackages, type Conversation } from './install-packages.ts';

/**
 * The installed MariaDB server; installs the distribution's when there is none. The distribution's own service is
 * not started. Throws MISSING_PROGRAM with the command to type when not root, without apt, or when `ask` says no.
 */
export async function installMariadb(conversation: Conversation): Promise<MariadbPrograms> {
  const present = await findMariadb();
  if (present !== undefined) return present;
  await installPackages(['mariadb-server'], 'MariaDB server', conversation);
  const installed = await findMariadb();
  if (installed === undefined) {
    throw new DolistreamError(
      'MISSING_PROGRAM',
      'mariadb-server was installed, but mariadbd is not to be found',
      {
        fix: 'Check that mariadbd and mariadb-install-db are on the PATH.',
      },
    );
  }
  return installed;
}
