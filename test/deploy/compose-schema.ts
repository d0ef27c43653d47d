/**
 * The part of the Compose specification that this project uses, as a schema of our own. It is narrower than the
 * specification on purpose: what is not here is not used here, and a misspelt key is found.
 */
import type { Definitions, JsonSchema } from './json-schema.ts';

const text: JsonSchema = { type: 'string' };
const texts: JsonSchema = { type: 'array', items: text };
const scalar: JsonSchema = {
  anyOf: [text, { type: 'number' }, { type: 'boolean' }, { type: 'null' }],
};
const durationText: JsonSchema = { type: 'string', pattern: '^\\d+(ms|s|m|h)$' };
const sizeText: JsonSchema = { type: 'string', pattern: '^\\d+[kmg]$' };

const closed = (properties: Record<string, JsonSchema>, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const NAME = '^[a-zA-Z0-9._-]+$';
const named = (schema: JsonSchema): JsonSchema => ({
  type: 'object',
  patternProperties: { [NAME]: schema },
  additionalProperties: false,
});

export const COMPOSE_DEFINITIONS: Definitions = {
  logging: closed({
    driver: { type: 'string', enum: ['local', 'json-file', 'journald', 'none'] },
    options: named(text),
  }),
  healthcheck: {
    anyOf: [
      closed({ disable: { type: 'boolean', enum: [true] } }, ['disable']),
      closed(
        {
          test: { type: 'array', items: text, minItems: 2 },
          interval: durationText,
          timeout: durationText,
          start_period: durationText,
          start_interval: durationText,
          retries: { type: 'integer' },
        },
        ['test', 'interval', 'timeout', 'retries'],
      ),
    ],
  },
  dependency: closed(
    {
      condition: {
        type: 'string',
        enum: ['service_started', 'service_healthy', 'service_completed_successfully'],
      },
      required: { type: 'boolean' },
      restart: { type: 'boolean' },
    },
    ['condition'],
  ),
  deploy: closed({
    resources: closed({
      limits: closed({ cpus: { type: 'string', pattern: '^\\d+(\\.\\d+)?$' }, memory: sizeText }, [
        'cpus',
        'memory',
      ]),
    }),
  }),
  service: closed({
    image: { type: 'string', pattern: '^[a-z0-9./-]+:\\S+$' },
    build: { anyOf: [text, closed({ context: text, dockerfile: text, args: named(scalar), target: text })] },
    profiles: { type: 'array', items: { type: 'string', pattern: NAME }, minItems: 1 },
    command: texts,
    entrypoint: texts,
    environment: {
      type: 'object',
      patternProperties: { '^[A-Z][A-Z0-9_]*$': scalar },
      additionalProperties: false,
    },
    env_file: { anyOf: [text, texts] },
    ports: { type: 'array', items: text },
    expose: { type: 'array', items: { type: 'string', pattern: '^\\d+$' } },
    volumes: { type: 'array', items: { type: 'string', pattern: '^[^:]+:/[^:]*(:ro)?$' } },
    secrets: texts,
    configs: texts,
    healthcheck: { $ref: 'healthcheck' },
    depends_on: named({ $ref: 'dependency' }),
    deploy: { $ref: 'deploy' },
    logging: { $ref: 'logging' },
    ulimits: named({ type: 'integer' }),
    restart: { type: 'string', enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
    init: { type: 'boolean' },
    read_only: { type: 'boolean' },
    tmpfs: texts,
    cap_drop: texts,
    cap_add: texts,
    security_opt: texts,
    user: text,
    stop_grace_period: durationText,
    stop_signal: text,
  }),
};

export const COMPOSE_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: named({ $ref: 'service' }),
    volumes: named({ anyOf: [{ type: 'null' }, closed({ external: { type: 'boolean' }, name: text })] }),
    secrets: named({
      anyOf: [closed({ environment: text }, ['environment']), closed({ file: text }, ['file'])],
    }),
  },
  patternProperties: { '^x-': {} },
  additionalProperties: false,
};
