/**
 * The lake in a process of its own, to be killed: `lake-child.ts <folder>`. Writes small files and merges them all the
 * time, and prints a line for each file.
 */
import { join } from 'node:path';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { openEmbeddedLog } from '../../../adapters/embedded-log/open-embedded-log.ts';
import { openLakeFolder } from '../../../adapters/lake/open-lake-folder.ts';
import type { LakeStore } from '../../../core/ports/lake-store.ts';
import { LakePipeline } from './lake-harness.ts';

const dir = process.argv[2]!;
const source = await openEmbeddedLog({ dir: join(dir, 'log') });
const engine = await openChdb({ dir: join(dir, 'engine') });
const folder = await openLakeFolder({ dir: join(dir, 'lake'), engine });
const store: LakeStore = {
  write: async (file) => {
    const written = await folder.write(file);
    process.stdout.write('written\n');
    return written;
  },
  merge: async (parts, path) => {
    const merged = await folder.merge(parts, path);
    process.stdout.write('merged\n');
    return merged;
  },
  erase: (path, erasure, dryRun) => folder.erase(path, erasure, dryRun),
  lend: (paths, use) => folder.lend(paths, use),
  schemaId: (path) => folder.schemaId(path),
  list: (path) => folder.list(path),
  remove: (paths) => folder.remove(paths),
};
const options = {
  segmentBytes: 4_000,
  rollMs: 1,
  tidyMs: 1,
  compaction: { targetBytes: 1_000_000, minFiles: 3 },
};
await new LakePipeline(dir, source, store).start(options).ended;
