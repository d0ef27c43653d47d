import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the .sql files lie: in the source tree, also when the code runs compiled from dist/. */
export function findSqlFolder(name: 'schema' | 'history'): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'simulator', name);
}
