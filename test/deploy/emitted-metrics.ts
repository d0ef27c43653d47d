/** Names of the metrics that the program serves, as Prometheus sees them. */
import { readdirSync, readFileSync } from 'node:fs';
import { createMetrics } from '../../app/metrics.ts';
import { packagePath } from '../../app/paths.ts';

const CALL = /metrics\??\.(count|gauge|observe)\(\s*'([a-z0-9_]+)'/g;
const FOLDERS = ['app', 'services', 'adapters'];

function sources(): readonly string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(packagePath(folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(packagePath(folder, path), 'utf8')),
  );
}

/** Those that the stages make, found in their source, and those of every process, asked of one. */
export async function emittedMetrics(): Promise<ReadonlySet<string>> {
  const { text } = await createMetrics('0').page();
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!);
  for (const source of sources()) {
    for (const [, kind, name] of source.matchAll(CALL)) {
      const full = `dolistream_${name!}`;
      if (kind !== 'observe') names.push(full);
      else names.push(`${full}_bucket`, `${full}_sum`, `${full}_count`);
    }
  }
  return new Set(names);
}
