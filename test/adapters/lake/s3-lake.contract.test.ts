import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openS3Lake } from '../../../adapters/lake/open-s3-lake.ts';
import { describeLakeStore } from '../../contracts/lake-store-contract.ts';
import { S3Server, clientOf } from '../../support/s3-server.ts';

describeLakeStore('a bucket of an S3 server', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'dolistream-lake-'));
  const workDir = join(dir, "the work's");
  const server = await S3Server.start();
  const engine = await openChdb({ dir: join(dir, 'engine') });
  const store = await openS3Lake({ ...server.address, prefix: '/erp/lake/', workDir, engine });
  const client = clientOf(server.address);
  const at = (path: string) => ({ Bucket: server.address.bucket, Key: `erp/lake/${path}` });
  return {
    store,
    engine,
    dir,
    fetch: async (path) => {
      const { Body } = await client.send(new GetObjectCommand(at(path)));
      const file = join(dir, 'fetched.parquet');
      await writeFile(file, await Body!.transformToByteArray());
      return file;
    },
    place: async (file, path) => {
      await client.send(new PutObjectCommand({ ...at(path), Body: await readFile(file) }));
    },
    leftovers: () => readdir(join(workDir, '.work')),
    dispose: async () => {
      store.close();
      client.destroy();
      await engine.close();
      await server.end();
      await rm(dir, { recursive: true });
    },
  };
});
