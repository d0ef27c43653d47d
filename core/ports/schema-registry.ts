/** Avro schemas by number, in subjects `<topic>-key` and `<topic>-value`, as in Confluent's registry. */

export interface RegisteredSchema {
  readonly id: number;
  readonly subject: string;
  readonly version: number;
  /** The schema's JSON text, custom attributes kept. */
  readonly schema: string;
}

export interface SchemaRegistry {
  /**
   * Returns the id of `schema` in `subject`, adding it as a new version when it is new. Idempotent.
   * A schema that cannot read what the newest version wrote is refused with SCHEMA_INCOMPATIBLE, unless
   * `acceptIncompatible`: a source column may change its type, and the stream must follow.
   */
  register(
    subject: string,
    schema: string,
    options?: { readonly acceptIncompatible?: boolean },
  ): Promise<number>;
  /** Rejects with SCHEMA_UNKNOWN when there is none. Answers are cached by implementations: a schema never changes. */
  schemaById(id: number): Promise<string>;
  versions(subject: string): Promise<readonly RegisteredSchema[]>;
  subjects(): Promise<readonly string[]>;
}
