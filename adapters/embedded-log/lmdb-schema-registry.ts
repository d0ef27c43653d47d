/**
 * The schema registry beside the change log, in the same file. Everything is held in memory: a few hundred tables with
 * a few versions each are some megabytes.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { RegisteredSchema, SchemaRegistry } from '../../core/ports/schema-registry.ts';
import type { LogEnvironment, TableWriter } from './log-environment.ts';
import { checkCompatible, parseSchema } from './schema-compatibility.ts';
import { sealRecord, unsealRecord } from './sealed-record.ts';

export class LmdbSchemaRegistry implements SchemaRegistry {
  readonly #environment: LogEnvironment;
  readonly #textById = new Map<number, string>();
  readonly #idByText = new Map<string, number>();
  /** Schema ids in the order of their versions, which count from 1. */
  readonly #idsBySubject = new Map<string, readonly number[]>();

  constructor(environment: LogEnvironment) {
    this.#environment = environment;
    const { schemas, subjects } = environment.tables;
    for (const { key, value } of schemas.getRange()) {
      this.#remember(key, unsealRecord<string>(value, `schema ${key}`));
    }
    for (const { key, value } of subjects.getRange()) {
      this.#idsBySubject.set(key, unsealRecord<number[]>(value, `subject ${key}`));
    }
  }

  async register(
    subject: string,
    schema: string,
    options: { readonly acceptIncompatible?: boolean } = {},
  ): Promise<number> {
    const text = parseSchema(subject, schema).text;
    const known = this.#registeredId(subject, text);
    if (known !== undefined) return known;
    return this.#environment.commit((write) => this.#add(write, subject, text, options));
  }

  async schemaById(id: number): Promise<string> {
    const text = this.#textById.get(id);
    if (text !== undefined) return text;
    throw new DolistreamError('SCHEMA_UNKNOWN', `The registry has no schema with id ${id}`);
  }

  async versions(subject: string): Promise<readonly RegisteredSchema[]> {
    const ids = this.#idsBySubject.get(subject) ?? [];
    return ids.map((id, index) => ({ id, subject, version: index + 1, schema: this.#textById.get(id)! }));
  }

  async subjects(): Promise<readonly string[]> {
    return [...this.#idsBySubject.keys()].sort();
  }

  #registeredId(subject: string, schema: string): number | undefined {
    const id = this.#idByText.get(schema);
    return id !== undefined && this.#idsBySubject.get(subject)?.includes(id) ? id : undefined;
  }

  #add(
    write: TableWriter,
    subject: string,
    schema: string,
    options: { readonly acceptIncompatible?: boolean },
  ): number {
    // Another call may have registered it while this one waited for its turn.
    const known = this.#registeredId(subject, schema);
    if (known !== undefined) return known;
    const ids = this.#idsBySubject.get(subject) ?? [];
    const newest = ids.at(-1);
    if (newest !== undefined && !options.acceptIncompatible) {
      checkCompatible(subject, schema, this.#textById.get(newest)!);
    }
    const { schemas, subjects } = this.#environment.tables;
    const id = this.#idByText.get(schema) ?? this.#textById.size + 1;
    const nextIds = [...ids, id];
    write.put(schemas, id, sealRecord(schema));
    write.put(subjects, subject, sealRecord(nextIds));
    write.afterCommit(() => {
      this.#remember(id, schema);
      this.#idsBySubject.set(subject, nextIds);
    });
    return id;
  }

  #remember(id: number, schema: string): void {
    this.#textById.set(id, schema);
    this.#idByText.set(schema, id);
  }
}
