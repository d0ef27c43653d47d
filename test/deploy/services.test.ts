import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { COMMAND_TABLE } from '../../app/cli/command-table.ts';
import { optionEntries } from '../../app/options.ts';
import { resolveOptions } from '../../app/resolve-options.ts';
import { COMPOSE, environmentOf, GUIDE, guideNames, makeEnvironment, OURS } from './compose-file.ts';
import { COMPOSE_DEFINITIONS, COMPOSE_SCHEMA } from './compose-schema.ts';
import { findViolations } from './json-schema.ts';

/** Options of `run` that containers get otherwise. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  DOLISTREAM_DATA: 'set by the image',
  DOLISTREAM_JSON: 'nobody reads what a service prints',
  DOLISTREAM_ENV_FILE: 'Compose reads .env',
  DOLISTREAM_SOURCE: 'given in its parts',
  DOLISTREAM_HTTP_USERS: 'a file of the user’s, to be mounted with it: docs/08-distributed.md',
  DOLISTREAM_HTTP_CERT: 'the same',
  DOLISTREAM_HTTP_KEY: 'the same',
};

const values = makeEnvironment();

void describe('our services in docker-compose.yml', () => {
  const runCommand = COMMAND_TABLE.find(({ name }) => name === 'run')!;
  const outcomeOf = async (operand: string): Promise<Error & { fix?: string }> => {
    const options = resolveOptions({ command: 'run', flags: {}, env: {}, cwd: '/nowhere' });
    const context = { options, operands: [operand] } as unknown as Parameters<typeof runCommand.run>[0];
    return runCommand.run(context).then(
      () => assert.fail('it started without a broker'),
      (error: unknown) => error as Error,
    );
  };

  void it('run every service that the command line knows, each once', async () => {
    const { message, fix } = await outcomeOf('no-such-service');
    assert.match(message, /There is no service/);
    const known = /Name one of ([a-z, ]+)\./.exec(fix!)![1]!.split(', ');
    const commands = OURS.map(([, service]) => service.command!);
    for (const [word, , ...more] of commands) assert.deepEqual([word, more], ['run', []]);
    assert.deepEqual(commands.map(([, operand]) => operand).sort(), known.sort());
    for (const [name, service] of OURS) assert.equal(service.command![1], name);
  });

  for (const [name, service] of OURS) {
    void it(`${name} gets only options of \`run\`, with values that can be`, () => {
      const env = environmentOf(service, values);
      const specs = optionEntries().map(([, spec]) => spec);
      for (const [key, value] of Object.entries(env)) {
        const spec = specs.find((candidate) => candidate.env.includes(key));
        assert.ok(spec, `${key} is no option`);
        assert.ok(spec.commands.includes('run'), `${key} is no option of run`);
        if (value !== '') assert.notEqual(spec.type.parse(value), undefined, `${key}: ${spec.type.expected}`);
      }
      const options = resolveOptions({ command: 'run', flags: {}, env, cwd: '/nowhere' });
      assert.notEqual(options.kafkaBrokers, null);
      assert.notEqual(options.registryUrl, null);
      assert.equal(options.http.host, '0.0.0.0');
      assert.notEqual(options.source, null);
    });
  }

  void it('can be given every option of `run`', () => {
    const given = new Set(OURS.flatMap(([, service]) => Object.keys(service.environment ?? {})));
    const specs = optionEntries().map(([, spec]) => spec);
    const lacking = specs
      .filter((spec) => spec.commands.includes('run') && spec.env.length > 0)
      .filter((spec) => !spec.env.some((name) => given.has(name) || name in LEFT_OUT))
      .map((spec) => spec.env[0]);
    assert.deepEqual(lacking, [], 'add them to docker-compose.yml, or to LEFT_OUT with the reason');
  });

  void it('know passwords of their own only', () => {
    const holders = (name: string): string[] =>
      OURS.filter(([, service]) => name in (service.environment ?? {})).map(([service]) => service);
    assert.deepEqual(holders('DOLISTREAM_SOURCE_PASSWORD'), ['capture', 'monitor']);
    assert.deepEqual(holders('DOLISTREAM_S3_SECRET_KEY'), ['lake']);
    assert.deepEqual(holders('DOLISTREAM_WAREHOUSE_PASSWORD'), ['load', 'analytics', 'monitor']);
    assert.deepEqual(holders('DOLISTREAM_WEBHOOK_URL'), ['alerts']);
  });

  void it('find their servers where these listen', () => {
    const [, lake] = OURS.find(([name]) => name === 'lake')!;
    const [, load] = OURS.find(([name]) => name === 'load')!;
    const env = { ...environmentOf(lake, values), ...environmentOf(load, values) };
    const kafka = COMPOSE.services['kafka']!.environment!;
    assert.equal(
      String(kafka['KAFKA_ADVERTISED_LISTENERS']).includes(`//${env['DOLISTREAM_KAFKA_BROKERS']}`),
      true,
    );
    const registry = new URL(env['DOLISTREAM_REGISTRY_URL']!);
    assert.equal(registry.port, String(COMPOSE.services['registry']!.environment!['QUARKUS_HTTP_PORT']));
    for (const [name, port] of [
      ['DOLISTREAM_CLICKHOUSE_URL', 'clickhouse'],
      ['DOLISTREAM_S3_ENDPOINT', 'minio'],
      ['DOLISTREAM_REGISTRY_URL', 'registry'],
    ] as const) {
      const url = new URL(env[name]!);
      assert.equal(url.hostname, port);
      assert.ok(
        COMPOSE.services[port]!.ports!.some((entry) => entry.endsWith(`:${url.port}`)),
        `${name}: ${url.port}`,
      );
    }
  });
});

void describe('the guide to the distributed form', () => {
  void it('shows Compose files that fit the specification, with variables that are known', () => {
    const blocks = [...GUIDE.matchAll(/```yaml\n([^]*?)```/g)].map(([, block]) => block!);
    assert.ok(blocks.length > 0);
    for (const block of blocks) {
      const file = parse(block, { merge: true }) as unknown;
      assert.deepEqual(findViolations(file, COMPOSE_SCHEMA, COMPOSE_DEFINITIONS), []);
    }
  });

  void it('names no option that does not exist', () => {
    const options = new Set(optionEntries().flatMap(([, spec]) => spec.env));
    const named = [...GUIDE.matchAll(/\bDOLI(?:STREAM|BARR)_[A-Z0-9_]+\b/g)].map(([name]) => name);
    const unknown = named.filter((name) => !options.has(name) && !guideNames().has(name));
    assert.deepEqual(unknown, []);
  });
});
