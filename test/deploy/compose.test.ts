import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { optionEntries } from '../../app/options.ts';
import { packagePath, readPackageVersion } from '../../app/paths.ts';
import {
  COMPOSE,
  COMPOSE_TEXT,
  type ComposeService,
  documentedNames,
  guideNames,
  interpolate,
  makeEnvironment,
  OURS,
  variablesOf,
} from './compose-file.ts';
import { COMPOSE_DEFINITIONS, COMPOSE_SCHEMA } from './compose-schema.ts';
import { findViolations } from './json-schema.ts';

/** Every image, and why this tag. */
const IMAGES: Readonly<Record<string, string>> = {
  'apache/kafka:3.9.1': 'the version the tests run, from its jars',
  'quay.io/apicurio/apicurio-registry-kafkasql:2.6.13.Final': 'the version the tests run, from its jar',
  'clickhouse/clickhouse-server:26.7': 'the engine of the chdb that the tests run; the branch gets its fixes',
  'quay.io/minio/minio:RELEASE.2025-04-22T22-12-26Z': 'brings mc along, and still has the whole console',
  'prom/prometheus:v3.13.0': 'any 3.x; rules are tested with promtool',
  'grafana/grafana:13.2.1': 'the plugin 4.20.0 is known to load in it',
  'mariadb:11.4': 'long-term support; the tests run 11.4 too',
  'dolibarr/dolibarr:23.0.2': 'the Dolibarr whose tables schemas/ shows',
};

/** Programs that health checks call, by image, and where it is written that the image has them. */
const PROGRAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'apache/kafka': {
    '/opt/kafka/bin/kafka-broker-api-versions.sh': 'documentation of the image: Kafka is in /opt/kafka',
  },
  'quay.io/apicurio/apicurio-registry-kafkasql': { bash: 'its own start script is run by bash' },
  'clickhouse/clickhouse-server': { wget: 'Dockerfile.ubuntu installs it; /ping is the documented check' },
  'quay.io/minio/minio': { mc: 'Dockerfile.release copies it; the compose file of MinIO checks like this' },
  'prom/prometheus': { promtool: 'its Dockerfile copies promtool to /bin; `check healthy` is in its help' },
  'grafana/grafana': { wget: 'busybox of Alpine' },
  mariadb: { 'healthcheck.sh': 'documentation of the image' },
  'dolibarr/dolibarr': { php: 'built on the image of PHP' },
};

const PROFILES = ['core', 'monitoring', 'demo'];
const SECRET = /PASSWORD|TOKEN|SECRET|_KEY$/;

const services = Object.entries(COMPOSE.services);
const values = makeEnvironment();

const imageName = (image: string): string => image.slice(0, image.lastIndexOf(':'));
const imageOf = (service: ComposeService): string => interpolate(service.image ?? '', values);

void describe('docker-compose.yml', () => {
  void it('fits the Compose specification', () => {
    assert.deepEqual(findViolations(COMPOSE, COMPOSE_SCHEMA, COMPOSE_DEFINITIONS), []);
  });

  void it('is refused by the schema when a key is misspelt or a value is of the wrong kind', () => {
    const broken = parse('services: { a: { imag: "x:1", restart: sometimes, ports: [80] } }') as unknown;
    assert.equal(findViolations(broken, COMPOSE_SCHEMA, COMPOSE_DEFINITIONS).length, 3);
  });

  void it('names every image with a tag that is explained', () => {
    const used = new Set(services.filter(([, { build }]) => !build).map(([, { image }]) => image!));
    assert.deepEqual([...used].sort(), Object.keys(IMAGES).sort());
    assert.deepEqual(
      [...used].filter((image) => /:latest$|:[^:]*\//.test(image)),
      [],
    );
  });

  void it('calls our own image by the version of the package', () => {
    assert.ok(OURS.length > 0);
    for (const [, service] of OURS) assert.equal(imageOf(service), `dolistream:${readPackageVersion()}`);
  });

  void it('opens ports to this machine only, each once', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    assert.ok(ports.length > 0);
    assert.deepEqual(
      ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port)),
      [],
    );
    const outside = ports.map((port) => port.split(':')[1]);
    assert.equal(new Set(outside).size, outside.length);
  });

  void it('checks the health of every service with a program that its image has', () => {
    for (const [name, service] of services) {
      const { healthcheck } = service;
      if (service.build !== undefined || healthcheck?.disable) continue; // the Dockerfile has one; or it ends by itself
      const [kind, program] = healthcheck?.test ?? [];
      assert.equal(kind, 'CMD', `${name} is checked without a shell`);
      assert.ok(PROGRAMS[imageName(service.image!)]?.[program!], `${name} has no known program ${program}`);
    }
  });

  void it('waits only for services that can become what it waits for, and not for those of another profile', () => {
    for (const [name, service] of services) {
      for (const [target, { condition, required = true }] of Object.entries(service.depends_on ?? {})) {
        const other = COMPOSE.services[target];
        assert.ok(other, `${name} waits for ${target}, which is not there`);
        const ends = other.healthcheck?.disable === true;
        assert.equal(
          condition,
          ends ? 'service_completed_successfully' : 'service_healthy',
          `${name}: ${target}`,
        );
        const together = service.profiles!.every((profile) => other.profiles!.includes(profile));
        assert.ok(together || !required, `${name} cannot do without ${target} of another profile`);
      }
    }
  });

  void it('gives every service a profile, a limit, a restart policy and bounded logs', () => {
    for (const [name, service] of services) {
      assert.ok(
        service.profiles?.every((profile) => PROFILES.includes(profile)),
        `${name}: profiles`,
      );
      assert.ok(service.deploy && service.restart && service.logging, `${name}: deploy, restart, logging`);
    }
  });

  void it('mounts volumes that are declared, secrets that are declared, and files that are there', () => {
    const mounts = services
      .flatMap(([, service]) => service.volumes ?? [])
      .map((mount) => mount.split(':')[0]!);
    const named = mounts.filter((source) => !source.startsWith('.'));
    assert.deepEqual([...new Set(named)].sort(), Object.keys(COMPOSE.volumes ?? {}).sort());
    const files = mounts.filter((source) => source.startsWith('.'));
    assert.deepEqual(
      files.filter((file) => !existsSync(packagePath(file))),
      [],
    );
    const secrets = services.flatMap(([, service]) => service.secrets ?? []);
    assert.deepEqual([...new Set(secrets)], Object.keys(COMPOSE.secrets ?? {}));
  });

  void it('runs our image with nothing that it does not need', () => {
    for (const [name, service] of OURS) {
      const { read_only, cap_drop, security_opt } = service as Record<string, unknown>;
      assert.deepEqual(
        { read_only, cap_drop, security_opt },
        {
          read_only: true,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
        },
        name,
      );
    }
  });
});

void describe('the variables of docker-compose.yml', () => {
  const uses = variablesOf(COMPOSE_TEXT);

  void it('are each documented, in .env.example or in the guide', () => {
    const known = new Set([...documentedNames(), ...guideNames()]);
    assert.deepEqual(
      [...new Set(uses.map(({ name }) => name))].filter((name) => !known.has(name)),
      [],
    );
  });

  void it('are not called like an option of ours unless they are one', () => {
    const options = documentedNames();
    const names = [...uses.map(({ name }) => name), ...Object.keys(values), ...guideNames()];
    assert.deepEqual(
      names.filter((name) => name.startsWith('DOLISTREAM_') && !options.has(name)),
      [],
    );
  });

  void it('have no default where they are secret', () => {
    const secretNames = new Set(
      optionEntries()
        .filter(([, spec]) => spec.secret)
        .flatMap(([, spec]) => spec.env),
    );
    const open = uses.filter(
      ({ name, rule, text }) =>
        (SECRET.test(name) || secretNames.has(name)) &&
        name !== 'DOLISTREAM_TLS_KEY' &&
        rule === 'default' &&
        text !== '',
    );
    assert.deepEqual(open, []);
    const plain = Object.entries(COMPOSE.services).flatMap(([, service]) =>
      Object.entries(service.environment ?? {}).filter(
        ([name, value]) => SECRET.test(name) && !String(value ?? '').startsWith('${'),
      ),
    );
    assert.deepEqual(plain, []);
  });

  void it('are all set by deploy/make-env.sh where they are required, each secret anew', () => {
    const required = new Set(uses.filter(({ rule }) => rule === 'required').map(({ name }) => name));
    assert.deepEqual(
      [...required].filter((name) => !values[name]),
      [],
    );
    const secrets = Object.entries(values).filter(([, value]) => /^[0-9a-f]{48}$/.test(value));
    assert.equal(new Set(secrets.map(([, value]) => value)).size, secrets.length);
    const again = makeEnvironment();
    for (const [name, value] of secrets) assert.notEqual(again[name], value, name);
  });
});
