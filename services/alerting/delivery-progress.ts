/**
 * How far each notifier got, in one state of the log. Each notifier moves by itself, so that a broken channel holds
 * up no other; writes are merged, because an owner has one write in flight at a time.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeLog, Cursor } from '../../core/ports/change-log.ts';

export const OWNER = 'alerting';

const FORMAT = 1;

/** Where one notifier stands. */
export type NotifierProgress = {
  /** Reading goes on after this cursor; its batches may hold alerts that are done already. */
  readonly cursor: Cursor | null;
  /** Offset on the alerts topic of the next alert to deliver. */
  readonly nextOffset: number;
  readonly delivered: number;
  /** Alerts that the receiver will never take. */
  readonly refused: number;
  readonly lastRefusal: { readonly alert: string; readonly reason: string; readonly at: number } | null;
};

type SavedProgress = {
  readonly format: number;
  readonly notifiers: { readonly [name: string]: NotifierProgress };
};

const START: NotifierProgress = {
  cursor: null,
  nextOffset: 0,
  delivered: 0,
  refused: 0,
  lastRefusal: null,
};

export class DeliveryProgress {
  readonly #log: ChangeLog;
  readonly #notifiers: Map<string, NotifierProgress>;
  #writing: Promise<void> = Promise.resolve();
  #queued: Promise<void> | null = null;

  private constructor(log: ChangeLog, notifiers: Map<string, NotifierProgress>) {
    this.#log = log;
    this.#notifiers = notifiers;
  }

  /**
   * Loads the progress of these notifiers and forgets all others. In a new data folder every notifier starts with the
   * oldest alert; one that joins later starts with the next alert, so that it does not repeat months of old ones.
   */
  static async load(log: ChangeLog, names: readonly string[]): Promise<DeliveryProgress> {
    const saved = (await log.getState(OWNER)) as SavedProgress | null;
    if (saved && saved.format !== FORMAT) {
      throw new DolistreamError(
        'LOG_FORMAT_UNKNOWN',
        `State of alerting has format ${saved.format}, not ${FORMAT}`,
        {
          fix: 'Use the version of dolistream that wrote this data folder, or a newer one.',
        },
      );
    }
    const fresh: NotifierProgress = saved ? { ...START, cursor: await log.end() } : START;
    const notifiers = new Map(names.map((name) => [name, saved?.notifiers[name] ?? fresh]));
    const progress = new DeliveryProgress(log, notifiers);
    await progress.#write();
    return progress;
  }

  of(name: string): NotifierProgress {
    return this.#notifiers.get(name) ?? START;
  }

  /** Durable when it resolves. */
  async save(name: string, progress: NotifierProgress): Promise<void> {
    this.#notifiers.set(name, progress);
    this.#queued ??= this.#writing.then(() => {
      this.#queued = null;
      this.#writing = this.#write();
      return this.#writing;
    });
    return this.#queued;
  }

  async #write(): Promise<void> {
    const state: SavedProgress = { format: FORMAT, notifiers: Object.fromEntries(this.#notifiers) };
    await this.#log.setState([{ owner: OWNER, state }]);
  }
}
