/**
 * Which schemas the registry itself lets into a subject, whoever writes. Registries differ in their default (Confluent
 * BACKWARD, Apicurio NONE), so a subject that has no rule gets one; a stricter rule of the administrator stays.
 * Reasons: docs/decisions/0009-registry.md.
 */
import { ERROR_CODE, readLevel, requireBody } from './registry-answers.ts';
import type { RegistryConnection } from './registry-connection.ts';

const REQUIRED = 'BACKWARD';
const NONE = 'NONE';
const MAX_ATTEMPTS = 5;

export class CompatibilityPolicy {
  readonly #connection: RegistryConnection;
  /** Subjects whose rule this process has seen to be in force. */
  readonly #enforced = new Set<string>();

  constructor(connection: RegistryConnection) {
    this.#connection = connection;
  }

  /** Sees to it that the subject, which has a version, is not without a rule: also after a crash in `withoutRule`. */
  async enforce(subject: string): Promise<void> {
    if (this.#enforced.has(subject)) return;
    if ((await this.#level(subject)) === NONE) await this.#set(subject, REQUIRED);
    this.#enforced.add(subject);
  }

  /** Runs `task` while the subject takes any schema. Not for two tasks of one subject at once. */
  async withoutRule<T>(subject: string, task: () => Promise<T>): Promise<T> {
    const level = await this.#level(subject);
    this.#enforced.delete(subject);
    await this.#set(subject, NONE);
    let result: T;
    try {
      result = await task();
    } finally {
      await this.#set(subject, level === NONE ? REQUIRED : level);
    }
    this.#enforced.add(subject);
    return result;
  }

  /** The level that is in force for the subject, its own or the one for all. */
  async #level(subject: string): Promise<string> {
    const what = `the compatibility of ${subject}`;
    const own = await this.#connection.ask({
      method: 'GET',
      path: ['config', subject],
      query: 'defaultToGlobal=true',
    });
    const unset: readonly number[] = [ERROR_CODE.subjectUnknown, ERROR_CODE.levelNotSet];
    if (own.ok || !unset.includes(own.errorCode)) return readLevel(requireBody(own, what), what);
    const global = await this.#connection.ask({ method: 'GET', path: ['config'] });
    return readLevel(requireBody(global, 'the compatibility for all'), 'the compatibility for all');
  }

  /** Tried again after a conflict: another process sets it at the same moment. */
  async #set(subject: string, compatibility: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#connection.ask({
        method: 'PUT',
        path: ['config', subject],
        body: { compatibility },
      });
      const isConflict = !answer.ok && answer.status === 409;
      if (isConflict && attempt < MAX_ATTEMPTS) continue;
      requireBody(answer, `the compatibility ${compatibility} for ${subject}`);
      return;
    }
  }
}
