/**
 * Who was forgotten, so that what the source says of them later is masked before it is kept. Held in the change log,
 * which capture and those who erase share, as keyed hashes: no name, and no number without the key beside them.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { FORGOTTEN_OWNER } from '../../core/erasure.ts';
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';

interface ForgottenState {
  /** Hexadecimal. */
  readonly key: string;
  /** For each table of the source the hashes of its rows. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
}

const KEY_BYTES = 32;
/** Of the hash, hexadecimal: enough that no two rows of a firm meet. */
const HASH_LETTERS = 32;

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string');

function parseState(state: unknown): ForgottenState | null {
  if (state === null || state === undefined) return null;
  const { key, rows } = Object(state) as Partial<Record<string, unknown>>;
  if (
    typeof key === 'string' &&
    /^[0-9a-f]{64}$/.test(key) &&
    Object.values(Object(rows) as object).every(isTexts)
  )
    return { key, rows: rows as ForgottenState['rows'] };
  throw new DolistreamError('LOG_CORRUPT', 'The list of who was forgotten cannot be read', {
    fix: 'Take the change log from a backup; without the list what comes of those people would be kept.',
  });
}

export class Forgotten {
  #state: ForgottenState | null = null;
  /** By table, quick to ask. */
  #hashes = new Map<string, ReadonlySet<string>>();

  /** Of the log; throws LOG_CORRUPT when it cannot be read, as going on would keep what must not be. */
  static async load(log: Pick<ChangeLog, 'getState'>): Promise<Forgotten> {
    const forgotten = new Forgotten();
    await forgotten.reload(log);
    return forgotten;
  }

  /** Takes in what another process has added. */
  async reload(log: Pick<ChangeLog, 'getState'>): Promise<void> {
    this.#take(parseState(await log.getState(FORGOTTEN_OWNER)));
  }

  /** Whether any row of the table is forgotten: all others may pass unseen. */
  touches(table: string): boolean {
    return this.#hashes.has(table);
  }

  has(table: string, record: string): boolean {
    return (
      this.#state !== null && this.#hashes.get(table)?.has(hashOf(this.#state.key, table, record)) === true
    );
  }

  /** `log`: as the privacy stage writes it. Resolves when it is durable; from then on rows that come are masked. */
  async add(log: Pick<ChangeLog, 'getState' | 'setState'>, table: string, record: number): Promise<void> {
    await this.reload(log);
    const { key, rows } = this.#state ?? { key: randomBytes(KEY_BYTES).toString('hex'), rows: {} };
    const hashes = new Set([...(rows[table] ?? []), hashOf(key, table, String(record))]);
    const state = { key, rows: { ...rows, [table]: [...hashes].sort() } };
    await log.setState([{ owner: FORGOTTEN_OWNER, state }]);
    this.#take(state);
  }

  #take(state: ForgottenState | null): void {
    this.#state = state;
    this.#hashes = new Map(
      Object.entries(state?.rows ?? {}).map(([table, hashes]) => [table, new Set(hashes)]),
    );
  }
}

const hashOf = (key: string, table: string, record: string): string =>
  createHmac('sha256', Buffer.from(key, 'hex'))
    .update(`${table}\n${record}`)
    .digest('hex')
    .slice(0, HASH_LETTERS);
