import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { optionEntries } from '../../app/options.ts';
import { packagePath, packageRoot } from '../../app/paths.ts';

const run = promisify(execFile);

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

interface Stage {
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

const read = (...path: string[]): string => readFileSync(packagePath(...path), 'utf8');
const readJson = <T>(name: string): T => JSON.parse(read(name)) as T;

/** The instructions, with lines joined and comments left out. */
function parseDockerfile(text: string): readonly Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n');
  return lines
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line.trim()))
    .filter((match) => match !== null)
    .map(([, word, rest]) => ({ word: word!, rest: rest!.trim() }));
}

function stagesOf(instructions: readonly Instruction[]): readonly Stage[] {
  const starts = instructions.flatMap(({ word }, index) => (word === 'FROM' ? [index] : []));
  return starts.map((start, number) => ({
    name: / AS (\w+)$/.exec(instructions[start]!.rest)?.[1] ?? 'last',
    instructions: instructions.slice(start, starts[number + 1]),
  }));
}

const dockerfile = parseDockerfile(read('Dockerfile'));
const stages = stagesOf(dockerfile);
const stage = (name: string): Stage => stages.find((candidate) => candidate.name === name)!;
const all = (from: Stage, word: string): string[] =>
  from.instructions.filter((instruction) => instruction.word === word).map(({ rest }) => rest);

/** What a stage copies from the project's folder, without the slash at the end of a folder. */
const copied = (from: Stage): string[] =>
  all(from, 'COPY')
    .filter((rest) => !rest.startsWith('--from='))
    .flatMap((rest) => rest.split(/\s+/).slice(0, -1))
    .map((path) => path.replace(/\/$/, ''));

/** Texts of everything that is compiled. */
function compiledSources(): readonly string[] {
  const { include } = readJson<{ include: string[] }>('tsconfig.build.json');
  return include.flatMap((folder) =>
    readdirSync(packagePath(folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => read(folder, path)),
  );
}

const found = (pattern: RegExp): ReadonlySet<string> =>
  new Set(compiledSources().flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name!)));

/** Calls of `packagePath('…'` in what is compiled: the files that the program looks for beside itself. */
const filesLookedFor = (): ReadonlySet<string> => found(/packagePath\('([^']+)'/g);

const healthcheck = (): readonly string[] =>
  JSON.parse(/CMD\s+(\[.*\])$/.exec(all(stage('last'), 'HEALTHCHECK')[0]!)![1]!) as string[];

/** Exit code of the image's health check while something answers with `status`; null: nothing does. */
async function checkHealth(status: number | null): Promise<number> {
  const server: Server = createServer((request, response) => {
    response.statusCode = request.url === '/health' ? status! : 404;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  if (status === null) server.close();
  const [program, ...args] = healthcheck();
  assert.equal(program, 'node');
  const env = { DOLISTREAM_HTTP: `0.0.0.0:${port}` };
  try {
    await run(process.execPath, args, { env });
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  } finally {
    server.close();
  }
}

void describe('the Dockerfile', () => {
  void it('begins every stage with one image of a fixed version that the package runs on', () => {
    const image = /^NODE_IMAGE=(\S+)$/.exec(dockerfile.find(({ word }) => word === 'ARG')!.rest)![1]!;
    const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-bookworm-slim$/.exec(image)!;
    const { engines } = readJson<{ engines: { node: string } }>('package.json');
    const [, wantedMajor, wantedMinor] = /^>=(\d+)\.(\d+)$/.exec(engines.node)!;
    assert.equal(major, wantedMajor);
    assert.ok(Number(minor) >= Number(wantedMinor));
    for (const { instructions } of stages)
      assert.match(instructions[0]!.rest, /^\$\{NODE_IMAGE\}( AS \w+)?$/);
  });

  void it('copies files that are there and that .dockerignore lets through', () => {
    const allowed = new Set([...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path!));
    const wanted = new Set(stages.flatMap(copied));
    assert.deepEqual(
      [...wanted].filter((path) => !existsSync(packagePath(path))),
      [],
    );
    assert.deepEqual([...wanted].sort(), [...allowed].sort());
  });

  void it('shuts everything else out: history, data, .env and packages of this machine', () => {
    const [first] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(first, '*');
  });

  void it('copies between stages what these have', () => {
    const from = all(stage('last'), 'COPY')
      .map((rest) => /^--from=(\w+) \/app\/([a-z_]+)\/ /.exec(rest))
      .filter((match) => match !== null);
    assert.deepEqual(
      from.map(([, name, path]) => [name, path]),
      [
        ['packages', 'node_modules'],
        ['build', 'dist'],
      ],
    );
    for (const [, name] of from) assert.ok(stage(name!));
  });

  void it('compiles every folder that the build takes in', () => {
    const { include } = readJson<{ include: string[] }>('tsconfig.build.json');
    assert.deepEqual(
      include.filter((folder) => !copied(stage('build')).includes(folder)),
      [],
    );
    assert.match(all(stage('build'), 'RUN').join(), /npm ci.*npm run build/);
    assert.match(all(stage('packages'), 'RUN').join(), /npm ci --omit=dev/);
  });

  void it('brings everything that the program looks for beside itself', () => {
    const looked = filesLookedFor();
    assert.ok(looked.has('schemas') && looked.has('clickhouse'), [...looked].join());
    // The packages come from a stage of their own.
    const brought = [...copied(stage('last')), 'node_modules'];
    assert.deepEqual(
      [...looked].filter((path) => !brought.includes(path)),
      [],
    );
  });

  void it('installs every package that the program imports', () => {
    const imported = found(/ from '(?!node:)((?:@[a-z0-9-]+\/)?[a-z][a-z0-9.-]*)(?:\/[^']*)?';/g);
    const { dependencies } = readJson<{ dependencies: Record<string, string> }>('package.json');
    assert.ok(imported.has('fastify') && imported.has('@clickhouse/client'), [...imported].join());
    assert.deepEqual(
      [...imported].filter((name) => !(name in dependencies)),
      [],
    );
  });

  void it('starts what package.json calls dolistream, in both ways', () => {
    const { bin } = readJson<{ bin: Record<string, string> }>('package.json');
    const program = join('/app', bin['dolistream']!);
    assert.deepEqual(JSON.parse(all(stage('last'), 'ENTRYPOINT')[0]!), ['node', program]);
    assert.match(
      all(stage('last'), 'RUN').join(),
      new RegExp(`ln --symbolic ${program} /usr/local/bin/dolistream`),
    );
    assert.match(all(stage('build'), 'RUN').join(), new RegExp(`chmod 0755 ${bin['dolistream']}`));
    assert.match(read('app', 'cli', 'main.ts'), /^#!\/usr\/bin\/env node\n/);
  });

  void it('runs as nobody special, ends on SIGTERM, and holds no secret', () => {
    const last = stage('last');
    assert.deepEqual(all(last, 'USER'), ['1000:1000']);
    assert.deepEqual(all(last, 'STOPSIGNAL'), ['SIGTERM']);
    const secrets = optionEntries()
      .filter(([, spec]) => spec.secret)
      .flatMap(([, spec]) => spec.env);
    const settings = dockerfile
      .filter(({ word }) => word === 'ENV' || word === 'ARG')
      .map(({ rest }) => rest)
      .join(' ');
    assert.deepEqual(
      secrets.filter((name) => settings.includes(name)),
      [],
    );
    const known = new Set(optionEntries().flatMap(([, spec]) => spec.env));
    const ours = [...settings.matchAll(/\bDOLISTREAM_[A-Z_]+/g)].map(([name]) => name);
    assert.deepEqual(
      ours.filter((name) => !known.has(name)),
      [],
    );
  });

  void it('finds a service healthy that says so, and one that does not or is away unhealthy', async () => {
    assert.deepEqual([await checkHealth(200), await checkHealth(503), await checkHealth(null)], [0, 1, 1]);
  });
});

void describe('the scripts of deploy/', () => {
  const scripts = readdirSync(join(packageRoot, 'deploy'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.sh'),
  );

  for (const script of scripts) {
    void it(`${script} is one that its shell can read`, async () => {
      const path = packagePath('deploy', script);
      await run('bash', ['-n', path]);
      if (script !== 'registry/is-ready.sh') await run('sh', ['-n', path]);
    });
  }

  void it('ask the registry whether it is ready, with bash alone', async () => {
    for (const [status, wanted] of [
      [200, 0],
      [503, 1],
    ] as const) {
      const server = createServer((_request, response) => {
        response.statusCode = status;
        response.end('{"status":"UP"}');
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const env = { QUARKUS_HTTP_PORT: String((server.address() as AddressInfo).port) };
      const code = await run('/bin/bash', [packagePath('deploy', 'registry', 'is-ready.sh')], { env }).then(
        () => 0,
        (error: { code: number }) => error.code,
      );
      server.close();
      assert.equal(code, wanted);
    }
  });
});
