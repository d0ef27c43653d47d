/**
 * `npx tsx deploy/make-sbom.ts [FILE]`: the software bill of materials, CycloneDX, of what runs in production, by package-lock.json
 * alone: no network. Default: sbom.json here.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { packagePath } from '../app/paths.ts';

const MAX_BYTES = 64 * 1024 * 1024;

interface Component {
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
}

interface Bill {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly version?: string }>>;
}

/**
 * The text of the bill, ending with a line end. What only tests need is left out here: `npm sbom --omit dev` leaves out what
 * both need, too.
 */
export function makeSbom(): string {
  const text = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
    cwd: packagePath(),
    encoding: 'utf8',
    maxBuffer: MAX_BYTES,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { packages } = JSON.parse(readFileSync(packagePath('package-lock.json'), 'utf8')) as Lock;
  const bill = JSON.parse(text) as Bill;
  const running = new Set(
    Object.entries(packages)
      .filter(([, { dev }]) => dev !== true)
      .map(([path, { version }]) => `${path.split('node_modules/').at(-1)!}@${version ?? ''}`),
  );
  const components = bill.components.filter((component) => running.has(nameOf(component)));
  const kept = new Set(components.map((component) => component['bom-ref']));
  const dependencies = bill.dependencies.flatMap(({ ref, dependsOn = [] }) =>
    bill.components.some((component) => component['bom-ref'] === ref) && !kept.has(ref)
      ? []
      : [{ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }],
  );
  return `${JSON.stringify({ ...bill, components, dependencies }, null, 2)}\n`;
}

const nameOf = ({ group, name, version }: Component): string =>
  `${group === undefined || name.startsWith('@') ? name : `${group}/${name}`}@${version}`;

if (process.argv[1]?.endsWith('make-sbom.ts')) writeFileSync(process.argv[2] ?? 'sbom.json', makeSbom());
