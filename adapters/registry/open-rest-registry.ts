/**
 * A schema registry behind Confluent's REST routes: Confluent's own, Apicurio, Karapace, Redpanda, or the one that a
 * running dolistream serves.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { RegisteredSchema, SchemaRegistry } from '../../core/ports/schema-registry.ts';
import { checkCompatible, parseSchema } from '../embedded-log/schema-compatibility.ts';
import { CompatibilityPolicy } from './compatibility-policy.ts';
import { parseRegistryAddress, type RegistryCredentials } from './registry-address.ts';
import {
  ERROR_CODE,
  readId,
  readNames,
  readRegistered,
  readSchema,
  readVersions,
  requireBody,
} from './registry-answers.ts';
import { type RegistryAnswer, RegistryConnection } from './registry-connection.ts';

export interface RestRegistryOptions extends RegistryCredentials {
  /** Base address, with the path prefix where the server has one, e.g. `http://apicurio:8080/apis/ccompat/v7`. */
  readonly url: string;
  /** PEM texts: the authority that signed the server's certificate, and a certificate and key of our own. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** For one attempt, ms. */
  readonly timeoutMs?: number;
  /** How long a registry that does not answer is tried again before an error is given, ms. */
  readonly retryForMs?: number;
  /** Ends every call under way. */
  readonly signal?: AbortSignal;
  readonly logger: Logger;
}

export interface RestRegistry extends SchemaRegistry {
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const RETRY_FOR_MS = 30_000;
/** Of one registration, each after a conflict. */
const MAX_ATTEMPTS = 5;
const NEVER = new AbortController().signal;

const isRefused = (answer: RegistryAnswer, ...codes: readonly number[]): boolean =>
  !answer.ok && codes.includes(answer.errorCode);

const refusedSchema = (subject: string, reason: string): DolistreamError =>
  new DolistreamError(
    'SCHEMA_INCOMPATIBLE',
    `The schema registry refused the new schema of ${subject}: ${reason}`,
    { fix: 'Give new fields a default, and keep the types of the fields that stay.' },
  );

class HttpRegistry implements RestRegistry {
  readonly #connection: RegistryConnection;
  readonly #policy: CompatibilityPolicy;
  readonly #idByText = new Map<string, number>();
  /** Answers that are under way, too, so that nobody asks twice. */
  readonly #textById = new Map<number, Promise<string>>();
  readonly #versions = new Map<string, RegisteredSchema>();
  /** The last registration of each subject: the next one waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(connection: RegistryConnection) {
    this.#connection = connection;
    this.#policy = new CompatibilityPolicy(connection);
  }

  /** @throws REGISTRY_FAILED when it is no registry, or one without Avro. */
  async check(): Promise<void> {
    const answer = await this.#connection.ask({ method: 'GET', path: ['schemas', 'types'] });
    const types = readNames(requireBody(answer, 'its schema types'), 'its schema types');
    if (types.includes('AVRO')) return;
    throw new DolistreamError('REGISTRY_FAILED', 'The schema registry does not take Avro schemas', {
      fix: 'Switch Avro on there, or use another registry.',
    });
  }

  async register(
    subject: string,
    schema: string,
    options: { readonly acceptIncompatible?: boolean } = {},
  ): Promise<number> {
    const { text } = parseSchema(subject, schema);
    const key = `${subject}\n${text}`;
    const known = this.#idByText.get(key);
    if (known !== undefined) return known;
    return this.#inTurn(subject, async () => {
      const id =
        this.#idByText.get(key) ??
        (await this.#findOrAdd(subject, text, options.acceptIncompatible ?? false));
      this.#idByText.set(key, id);
      return id;
    });
  }

  schemaById(id: number): Promise<string> {
    const known = this.#textById.get(id);
    if (known !== undefined) return known;
    const asked = this.#askForSchema(id);
    this.#textById.set(id, asked);
    asked.catch(() => this.#textById.delete(id));
    return asked;
  }

  async versions(subject: string): Promise<readonly RegisteredSchema[]> {
    const answer = await this.#connection.ask({ method: 'GET', path: ['subjects', subject, 'versions'] });
    if (isRefused(answer, ERROR_CODE.subjectUnknown)) return [];
    const numbers = readVersions(requireBody(answer, `the versions of ${subject}`), subject);
    const found: RegisteredSchema[] = [];
    for (const number of numbers) found.push(await this.#version(subject, number));
    return found;
  }

  async subjects(): Promise<readonly string[]> {
    const answer = await this.#connection.ask({ method: 'GET', path: ['subjects'] });
    return [...readNames(requireBody(answer, 'the subjects'), 'the subjects')].sort();
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async #inTurn<T>(subject: string, task: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(subject) ?? Promise.resolve()).then(task, task);
    this.#turns.set(subject, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(subject) === turn) this.#turns.delete(subject);
    }
  }

  /**
   * Looks before it writes: what is there already needs no right to write, and is not compared with later versions.
   * A conflict can also mean that another process was faster (Apicurio says so), so it is looked at again.
   */
  async #findOrAdd(subject: string, text: string, acceptIncompatible: boolean): Promise<number> {
    let refusal = '';
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const found = await this.#find(subject, text);
      if (found.id !== null) return found.id;
      if (!found.isNewSubject && !acceptIncompatible) await this.#compareWithNewest(subject, text);
      const answer = await this.#add(subject, text, acceptIncompatible && attempt > 1);
      if (answer.ok || answer.status !== 409) {
        const id = readId(
          requireBody(answer, `the new schema of ${subject}`),
          `the new schema of ${subject}`,
        );
        // After the first version: not every registry keeps a rule for a subject that has none.
        await this.#policy.enforce(subject);
        return id;
      }
      refusal = answer.message;
    }
    throw refusedSchema(subject, refusal);
  }

  async #find(
    subject: string,
    text: string,
  ): Promise<{ readonly id: number | null; readonly isNewSubject: boolean }> {
    const found = await this.#connection.ask({
      method: 'POST',
      path: ['subjects', subject],
      body: { schema: text },
    });
    const isNewSubject = isRefused(found, ERROR_CODE.subjectUnknown);
    if (!isNewSubject) await this.#policy.enforce(subject);
    if (isNewSubject || isRefused(found, ERROR_CODE.schemaUnknown, ERROR_CODE.schemaInvalid)) {
      return { id: null, isNewSubject };
    }
    const what = `a look-up in ${subject}`;
    return { id: readId(requireBody(found, what), what), isNewSubject };
  }

  /** Our rule is a little stricter than a registry's: a decimal of another scale is another type. */
  async #compareWithNewest(subject: string, text: string): Promise<void> {
    const path = ['subjects', subject, 'versions', 'latest'];
    const newest = await this.#connection.ask({ method: 'GET', path });
    if (isRefused(newest, ERROR_CODE.subjectUnknown, ERROR_CODE.versionUnknown)) return;
    const what = `the newest version of ${subject}`;
    checkCompatible(subject, text, readSchema(requireBody(newest, what), what));
  }

  async #add(subject: string, text: string, withoutRule: boolean): Promise<RegistryAnswer> {
    const post = (): Promise<RegistryAnswer> =>
      this.#connection.ask({
        method: 'POST',
        path: ['subjects', subject, 'versions'],
        body: { schema: text },
      });
    const answer = await (withoutRule ? this.#policy.withoutRule(subject, post) : post());
    if (!answer.ok && answer.errorCode === ERROR_CODE.schemaInvalid)
      throw refusedSchema(subject, answer.message);
    return answer;
  }

  async #askForSchema(id: number): Promise<string> {
    const answer = await this.#connection.ask({ method: 'GET', path: ['schemas', 'ids', String(id)] });
    if (isRefused(answer, ERROR_CODE.schemaUnknown)) {
      throw new DolistreamError('SCHEMA_UNKNOWN', `The registry has no schema with id ${id}`, {
        fix: 'Check that this is the registry with which the records were written.',
      });
    }
    return readSchema(requireBody(answer, `schema ${id}`), `Schema ${id}`);
  }

  async #version(subject: string, version: number): Promise<RegisteredSchema> {
    const key = `${subject}\n${version}`;
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const path = ['subjects', subject, 'versions', String(version)];
    const body = requireBody(
      await this.#connection.ask({ method: 'GET', path }),
      `version ${version} of ${subject}`,
    );
    const found = readRegistered(body, subject, version);
    this.#versions.set(key, found);
    return found;
  }
}

/**
 * Opens the registry once it answers.
 * @throws CONFIG_INVALID, REGISTRY_UNREACHABLE (retryable), REGISTRY_AUTH, REGISTRY_FAILED
 */
export async function openRestRegistry(options: RestRegistryOptions): Promise<RestRegistry> {
  const {
    ca,
    cert,
    key,
    timeoutMs = TIMEOUT_MS,
    retryForMs = RETRY_FOR_MS,
    signal = NEVER,
    logger,
  } = options;
  const connection = new RegistryConnection({
    address: parseRegistryAddress(options),
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    timeoutMs,
    retryForMs,
    signal,
    logger,
  });
  const registry = new HttpRegistry(connection);
  try {
    await registry.check();
    return registry;
  } catch (error) {
    connection.close();
    throw error;
  }
}
