/** Reads the bodies of a registry's answers; whatever is not what Confluent's routes answer is refused. */
import { DolistreamError } from '../../core/errors.ts';
import type { RegisteredSchema } from '../../core/ports/schema-registry.ts';
import type { RegistryAnswer } from './registry-connection.ts';

export const ERROR_CODE = {
  subjectUnknown: 40401,
  versionUnknown: 40402,
  schemaUnknown: 40403,
  levelNotSet: 40408,
  schemaInvalid: 42201,
} as const;

const MAX_ID = 0x7fff_ffff;

function unexpected(what: string, field: string): DolistreamError {
  return new DolistreamError(
    'REGISTRY_FAILED',
    `The schema registry's answer for ${what} has no valid ${field}`,
    {
      fix: 'Check that the address is that of a Confluent-compatible registry, and that nothing between changes its answers.',
    },
  );
}

/** The body of an answer, or an error for a refusal that nothing is made of. */
export function requireBody(answer: RegistryAnswer, what: string): unknown {
  if (answer.ok) return answer.body;
  const { status, errorCode, message } = answer;
  throw new DolistreamError(
    'REGISTRY_FAILED',
    `The schema registry refused ${what} (HTTP ${status}, code ${errorCode}): ${message}`,
    { fix: 'Read its message; docs/03-events-and-schemas.md says which routes are used.' },
  );
}

const fieldsOf = (body: unknown): Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_ID;

export function readId(body: unknown, what: string): number {
  const { id } = fieldsOf(body);
  if (isId(id)) return id;
  throw unexpected(what, 'id');
}

/** The schema's JSON text. */
export function readSchema(body: unknown, what: string): string {
  const { schema, schemaType = 'AVRO', references } = fieldsOf(body);
  if (schemaType !== 'AVRO') {
    throw new DolistreamError('REGISTRY_FAILED', `${what} is not an Avro schema`, {
      fix: 'Only Avro is read; leave topics of other formats out.',
    });
  }
  if (Array.isArray(references) && references.length > 0) {
    throw new DolistreamError('REGISTRY_FAILED', `${what} refers to schemas of other subjects`, {
      fix: 'Register it as one schema that holds all its types.',
    });
  }
  if (typeof schema !== 'string') throw unexpected(what, 'schema');
  try {
    JSON.parse(schema);
  } catch {
    throw unexpected(what, 'schema');
  }
  return schema;
}

export function readRegistered(body: unknown, subject: string, version: number): RegisteredSchema {
  const what = `version ${version} of ${subject}`;
  return { id: readId(body, what), subject, version, schema: readSchema(body, what) };
}

export function readVersions(body: unknown, subject: string): readonly number[] {
  if (Array.isArray(body) && body.every(isId)) return [...body].sort((left, right) => left - right);
  throw unexpected(`the versions of ${subject}`, 'list of numbers');
}

export function readNames(body: unknown, what: string): readonly string[] {
  if (Array.isArray(body) && body.every((name) => typeof name === 'string')) return body;
  throw unexpected(what, 'list of names');
}

export function readLevel(body: unknown, what: string): string {
  const { compatibilityLevel } = fieldsOf(body);
  if (typeof compatibilityLevel === 'string' && /^[A-Z_]{1,40}$/.test(compatibilityLevel)) {
    return compatibilityLevel;
  }
  throw unexpected(what, 'compatibilityLevel');
}
