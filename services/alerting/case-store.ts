/**
 * Cases and how far alerts were read, kept as states of the change log, so that they survive any crash, move in one
 * step with the events that are appended, and are where the log is: in the data folder or on Kafka. One delivery must
 * not write all cases, so they are spread over many owners by their id; measured in docs/decisions.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeLog, Cursor, JsonValue, RecordBatch, StateChange } from '../../core/ports/change-log.ts';
import type { AlertCase } from './alert-case.ts';
import type { Mute } from './mute.ts';

export const OWNER = 'alerting';

const FORMAT = 2;
/** A state holds one in so many of the cases. */
const SHARES = 64;

/** What a channel did since the data folder was made. */
export type ChannelCounts = {
  readonly delivered: number;
  /** Messages that the receiver will never take. */
  readonly refused: number;
  readonly lastRefusal: { readonly case: string; readonly reason: string; readonly at: number } | null;
  /** Last delivery, ms since epoch. */
  readonly deliveredAt: number | null;
  /** Last proof of life. */
  readonly provedAt: number;
};

export type AlertingState = {
  readonly format: number;
  /** Reading goes on after this; the batches after it may hold alerts that are done already. */
  readonly cursor: Cursor | null;
  /** Offset on the alerts topic of the next alert. */
  readonly nextOffset: number;
  readonly mutes: readonly Mute[];
  readonly channels: { readonly [name: string]: ChannelCounts };
  /** Alerts before these offsets went to the channel before there were cases. */
  readonly before: { readonly [channel: string]: number };
};

const EMPTY: AlertingState = {
  format: FORMAT,
  cursor: null,
  nextOffset: 0,
  mutes: [],
  channels: {},
  before: {},
};

export const NO_COUNTS: ChannelCounts = {
  delivered: 0,
  refused: 0,
  lastRefusal: null,
  deliveredAt: null,
  provedAt: 0,
};

/** The first format: a cursor for each channel, and no cases. */
type FirstFormat = {
  readonly format: 1;
  readonly notifiers: {
    readonly [name: string]: {
      readonly cursor: Cursor | null;
      readonly nextOffset: number;
      readonly delivered: number;
      readonly refused: number;
    };
  };
};

/** Reads again from the channel that is furthest behind; the others skip what they have had. */
function fromFirst({ notifiers }: FirstFormat): AlertingState {
  const all = Object.entries(notifiers);
  const [, slowest] = all.reduce(
    (least, each) => (each[1].nextOffset < least[1].nextOffset ? each : least),
    all[0] ?? ['', { cursor: null, nextOffset: 0, delivered: 0, refused: 0 }],
  );
  const counts = all.map(([name, { delivered, refused }]) => [name, { ...NO_COUNTS, delivered, refused }]);
  return {
    ...EMPTY,
    cursor: slowest.cursor,
    nextOffset: slowest.nextOffset,
    channels: Object.fromEntries(counts) as AlertingState['channels'],
    before: Object.fromEntries(all.map(([name, { nextOffset }]) => [name, nextOffset])),
  };
}

function parseState(saved: JsonValue): AlertingState {
  const { format } = (saved ?? { format: FORMAT }) as { format?: unknown };
  if (saved === null) return EMPTY;
  if (format === 1) return fromFirst(saved as unknown as FirstFormat);
  if (format === FORMAT) return saved as unknown as AlertingState;
  throw new DolistreamError('LOG_FORMAT_UNKNOWN', `State of alerting has format ${String(format)}`, {
    fix: 'Use the version of dolistream that wrote this data folder, or a newer one.',
  });
}

const shareOwner = (share: number): string => `${OWNER}.${share.toString(16).padStart(2, '0')}`;
const shareOf = (id: string): number => Number.parseInt(id.slice(0, 8), 16) % SHARES;

export class CaseStore {
  readonly #log: ChangeLog;
  readonly #cases = new Map<string, AlertCase>();
  readonly #shares: Set<string>[] = Array.from({ length: SHARES }, () => new Set());
  readonly #changed = new Set<number>();
  #state: AlertingState;
  #batches: RecordBatch[] = [];
  #writing: Promise<void> = Promise.resolve();
  #queued: Promise<void> | null = null;
  /** True when nothing was ever saved. */
  readonly isNew: boolean;

  private constructor(log: ChangeLog, saved: JsonValue, shares: readonly JsonValue[]) {
    this.#log = log;
    this.isNew = saved === null;
    this.#state = parseState(saved);
    for (const share of shares) {
      for (const each of (share ?? []) as unknown as readonly AlertCase[]) this.#keep(each);
    }
  }

  /** Rejects with LOG_FORMAT_UNKNOWN for a state that a newer version wrote. */
  static async load(log: ChangeLog): Promise<CaseStore> {
    const saved = await log.getState(OWNER);
    const owners = Array.from({ length: SHARES }, (_, share) => shareOwner(share));
    return new CaseStore(log, saved, await Promise.all(owners.map((owner) => log.getState(owner))));
  }

  get state(): AlertingState {
    return this.#state;
  }

  get cases(): ReadonlyMap<string, AlertCase> {
    return this.#cases;
  }

  setState(changes: Partial<AlertingState>): void {
    this.#state = { ...this.#state, ...changes };
  }

  countsOf(channel: string): ChannelCounts {
    return this.#state.channels[channel] ?? NO_COUNTS;
  }

  setCounts(channel: string, changes: Partial<ChannelCounts>): void {
    const counts = { ...this.countsOf(channel), ...changes };
    this.setState({ channels: { ...this.#state.channels, [channel]: counts } });
  }

  put(each: AlertCase): void {
    this.#keep(each);
    this.#changed.add(shareOf(each.id));
  }

  remove(id: string): void {
    this.#cases.delete(id);
    this.#shares[shareOf(id)]!.delete(id);
    this.#changed.add(shareOf(id));
  }

  /** Appends these, too, with the next save. */
  append(batch: RecordBatch): void {
    this.#batches.push(batch);
  }

  /** Writes what has changed until now, in one step; durable when it resolves. Calls meanwhile share the next write. */
  save(): Promise<void> {
    this.#queued ??= this.#writing.then(() => {
      this.#queued = null;
      this.#writing = this.#write();
      return this.#writing;
    });
    return this.#queued;
  }

  #keep(each: AlertCase): void {
    this.#cases.set(each.id, each);
    this.#shares[shareOf(each.id)]!.add(each.id);
  }

  async #write(): Promise<void> {
    const changes: StateChange[] = [{ owner: OWNER, state: this.#state }];
    for (const share of this.#changed) {
      const cases = [...this.#shares[share]!].map((id) => this.#cases.get(id)!);
      changes.push({ owner: shareOwner(share), state: cases });
    }
    const batches = this.#batches;
    this.#changed.clear();
    this.#batches = [];
    if (batches.length > 0) await this.#log.append(batches, changes);
    else await this.#log.setState(changes);
  }
}
