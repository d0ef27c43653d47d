/** What each of the registry's routes answers, from the request to the JSON. */
import type { FastifyRequest } from 'fastify';
import { DolistreamError } from '../../core/errors.ts';
import type { RegisteredSchema, SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { RegistryError } from './registry-error.ts';

export interface RegistryDeps {
  readonly registry: SchemaRegistry;
  /** True: clients may register schemas and set the compatibility of subjects, which lasts as long as the process. */
  readonly writable: boolean;
  /** The schema's text as the registry keeps it. Throws SCHEMA_INCOMPATIBLE when it is not an Avro schema. */
  readonly parseSchema: (subject: string, schema: string) => { readonly text: string };
  /** Throws SCHEMA_INCOMPATIBLE when a reader with `schema` cannot read what `written` wrote. */
  readonly checkCompatible: (subject: string, schema: string, written: string) => void;
}

type Level = 'BACKWARD' | 'NONE';

const MAX_VERSION = 0x7fff_ffff;

interface Path {
  readonly subject: string;
  readonly version: string;
  readonly id: string;
}

const pathOf = (request: FastifyRequest): Path => request.params as Path;

function queryOf(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Readonly<Record<string, string | string[] | undefined>>)[name];
  return Array.isArray(value) ? value[0] : value;
}

/** A whole number of the query, as clients page through lists with; `otherwise` when it is not one. */
function numberOf(request: FastifyRequest, name: string, otherwise: number): number {
  const text = queryOf(request, name) ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}

/** The fields of a body; unknown ones are nobody's business, as newer clients send more. */
function readBody(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const text = typeof request.body === 'string' ? request.body : '';
  let body: unknown;
  try {
    body = JSON.parse(text) as unknown;
  } catch {
    body = null;
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw new RegistryError('body-invalid', 'The body is not a JSON object');
}

export class RegistryEndpoint {
  readonly #deps: RegistryDeps;
  /** Levels that clients set: per subject, and for all under ''. */
  readonly #levels = new Map<string, Level>();

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
  }

  async subjects(request: FastifyRequest): Promise<readonly string[]> {
    const prefix = queryOf(request, 'subjectPrefix') ?? '';
    const found = (await this.#deps.registry.subjects()).filter((subject) => subject.startsWith(prefix));
    const offset = numberOf(request, 'offset', 0);
    return found.slice(offset, offset + numberOf(request, 'limit', found.length));
  }

  async versions(request: FastifyRequest): Promise<readonly number[]> {
    return (await this.#versionsOf(pathOf(request).subject)).map(({ version }) => version);
  }

  async version(request: FastifyRequest): Promise<RegisteredSchema> {
    const { subject, version } = pathOf(request);
    return this.#pick(await this.#versionsOf(subject), version);
  }

  async schema(request: FastifyRequest): Promise<string> {
    const { id } = pathOf(request);
    try {
      if (/^\d{1,10}$/.test(id)) return await this.#deps.registry.schemaById(Number(id));
    } catch (error) {
      if (!(error instanceof DolistreamError && error.code === 'SCHEMA_UNKNOWN')) throw error;
    }
    throw new RegistryError('schema-unknown', `Schema ${id} not found.`);
  }

  /** Every version of every subject that has this schema. */
  async uses(request: FastifyRequest): Promise<{ readonly subject: string; readonly version: number }[]> {
    await this.schema(request);
    const id = Number(pathOf(request).id);
    const { registry } = this.#deps;
    const found: { subject: string; version: number }[] = [];
    for (const name of await registry.subjects()) {
      for (const entry of await registry.versions(name)) {
        if (entry.id === id) found.push({ subject: name, version: entry.version });
      }
    }
    return found;
  }

  async lookUp(request: FastifyRequest): Promise<RegisteredSchema> {
    const { subject } = pathOf(request);
    const text = this.#readSchema(request);
    const found = (await this.#versionsOf(subject)).find((version) => version.schema === text);
    if (found) return found;
    throw new RegistryError('schema-unknown', `This schema is not one of ${subject}.`);
  }

  async register(request: FastifyRequest): Promise<{ readonly id: number }> {
    const { subject } = pathOf(request);
    this.#requireWritable('Schemas are registered by capture');
    const text = this.#readSchema(request);
    const acceptIncompatible = this.#levelOf(subject) === 'NONE';
    try {
      return { id: await this.#deps.registry.register(subject, text, { acceptIncompatible }) };
    } catch (error) {
      if (!(error instanceof DolistreamError && error.code === 'SCHEMA_INCOMPATIBLE')) throw error;
      throw new RegistryError('incompatible', error.message);
    }
  }

  /** Whether the schema could read what the named version, or without a name the newest, wrote. */
  async compatibility(request: FastifyRequest): Promise<object> {
    const { subject, version = 'latest' } = pathOf(request);
    const text = this.#readSchema(request);
    const written = this.#pick(await this.#versionsOf(subject), version);
    const isVerbose = queryOf(request, 'verbose') === 'true';
    try {
      this.#deps.checkCompatible(subject, text, written.schema);
      return { is_compatible: true, ...(isVerbose ? { messages: [] } : {}) };
    } catch (error) {
      if (!(error instanceof DolistreamError && error.code === 'SCHEMA_INCOMPATIBLE')) throw error;
      return { is_compatible: false, ...(isVerbose ? { messages: [error.message] } : {}) };
    }
  }

  level(request: FastifyRequest): { readonly compatibilityLevel: Level } {
    const { subject = '' } = pathOf(request);
    const isOwn = subject === '' || this.#levels.has(subject);
    if (isOwn || queryOf(request, 'defaultToGlobal') === 'true') {
      return { compatibilityLevel: this.#levelOf(subject) };
    }
    throw new RegistryError('level-not-set', `${subject} has no compatibility level of its own.`);
  }

  setLevel(request: FastifyRequest): { readonly compatibility: Level } {
    const { subject = '' } = pathOf(request);
    this.#requireWritable('The compatibility is BACKWARD');
    const { compatibility } = readBody(request);
    if (compatibility !== 'BACKWARD' && compatibility !== 'NONE') {
      throw new RegistryError('level-invalid', 'The compatibility can be BACKWARD or NONE.');
    }
    this.#levels.set(subject, compatibility);
    return { compatibility };
  }

  mode(): { readonly mode: string } {
    return { mode: this.#deps.writable ? 'READWRITE' : 'READONLY' };
  }

  #requireWritable(reason: string): void {
    if (this.#deps.writable) return;
    throw new RegistryError('read-only', `${reason}; this registry takes nothing from outside.`);
  }

  #levelOf(subject: string): Level {
    return this.#levels.get(subject) ?? this.#levels.get('') ?? 'BACKWARD';
  }

  async #versionsOf(subject: string): Promise<readonly RegisteredSchema[]> {
    const versions = await this.#deps.registry.versions(subject);
    if (versions.length > 0) return versions;
    throw new RegistryError('subject-unknown', `Subject '${subject}' not found.`);
  }

  #pick(versions: readonly RegisteredSchema[], name: string): RegisteredSchema {
    if (name === 'latest' || name === '-1') return versions.at(-1)!;
    const number = /^\d{1,10}$/.test(name) ? Number(name) : 0;
    if (number < 1 || number > MAX_VERSION) {
      const text = `The version is not a number from 1 to ${MAX_VERSION}, -1 or "latest".`;
      throw new RegistryError('version-invalid', text);
    }
    const found = versions.find(({ version }) => version === number);
    if (found) return found;
    throw new RegistryError('version-unknown', `Version ${number} not found.`);
  }

  #readSchema(request: FastifyRequest): string {
    const { schema, schemaType = 'AVRO', references = [] } = readBody(request);
    const { subject } = pathOf(request);
    if (schemaType !== 'AVRO') throw new RegistryError('schema-invalid', 'schemaType must be AVRO.');
    if (!Array.isArray(references) || references.length > 0) {
      throw new RegistryError('schema-invalid', 'Schemas with references are not taken.');
    }
    if (typeof schema !== 'string') throw new RegistryError('schema-invalid', 'schema is not a text.');
    try {
      return this.#deps.parseSchema(subject, schema).text;
    } catch (error) {
      if (!(error instanceof DolistreamError && error.code === 'SCHEMA_INCOMPATIBLE')) throw error;
      throw new RegistryError('schema-invalid', error.message);
    }
  }
}
