import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openLakeFolder } from '../../../adapters/lake/open-lake-folder.ts';
import { describeLakeStore } from '../../contracts/lake-store-contract.ts';

describeLakeStore('a folder', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-lake-'));
  const root = join(dir, "the lake's");
  const engine = await openChdb({ dir: join(dir, 'engine') });
  return {
    store: await openLakeFolder({ dir: root, engine }),
    engine,
    dir,
    fetch: (path) => Promise.resolve(join(root, path)),
    place: async (file, path) => {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await copyFile(file, join(root, path));
    },
    leftovers: () => readdir(join(root, '.work')),
    dispose: async () => {
      await engine.close();
      await rm(dir, { recursive: true });
    },
  };
});
