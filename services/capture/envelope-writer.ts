/** Writes rows as Debezium envelopes. Everything that is the same for all rows of one binlog event is encoded once. */
import { writeLong, writeString } from '../../core/avro-bytes.ts';
import type { EventPlace, RowOperation, TransactionInfo } from '../../core/ports/change-source.ts';

export interface EnvelopeIdentity {
  readonly version: string;
  readonly connector: string;
  /** The topic prefix. */
  readonly name: string;
}

export interface EventFacts {
  readonly database: string;
  readonly table: string;
  readonly transaction: TransactionInfo;
  readonly place: EventPlace;
  readonly snapshot: boolean;
  /** When capture read it, ms since epoch. */
  readonly readAtMs: number;
}

const NULL = 0;
const VALUE = 2; // branch 1, zig-zag
const ONE_CHARACTER = 2; // length 1, zig-zag
const MAX_HEAD_BYTES = 1024;
/** Room that an envelope takes beyond its images: head, row, seq, op and ts_ms. */
export const ENVELOPE_BYTES = MAX_HEAD_BYTES + 64;

export class EnvelopeWriter {
  readonly #identity: EnvelopeIdentity;
  readonly #head = Buffer.alloc(MAX_HEAD_BYTES);
  #headLength = 0;
  readonly #tail = Buffer.alloc(16);
  #tailLength = 0;

  constructor(identity: EnvelopeIdentity) {
    this.#identity = identity;
  }

  /** Sets the facts of the event whose rows come next. */
  startEvent(facts: EventFacts): void {
    const { transaction, place } = facts;
    const head = this.#head;
    let at = writeString(head, 0, this.#identity.version);
    at = writeString(head, at, this.#identity.connector);
    at = writeString(head, at, this.#identity.name);
    at = writeLong(head, at, place.timestampMs);
    at = writeOptional(head, at, facts.snapshot ? 'true' : 'false');
    at = writeString(head, at, facts.database);
    at = writeOptional(head, at, facts.table);
    at = writeLong(head, at, transaction.serverId);
    at = writeOptional(head, at, transaction.gtid);
    at = writeString(head, at, place.file);
    this.#headLength = writeLong(head, at, place.offset);
    this.#tail[0] = VALUE;
    this.#tailLength = writeLong(this.#tail, 1, facts.readAtMs);
  }

  /** Writes what follows the images; returns the offset after it. */
  finish(
    out: Buffer,
    at: number,
    row: { readonly operation: RowOperation | 't'; readonly index: number; readonly seq: number },
  ): number {
    at += this.#head.copy(out, at, 0, this.#headLength);
    at = writeLong(out, at, row.index);
    out[at++] = NULL; // thread
    out[at++] = NULL; // query
    at = writeLong(out, at, row.seq);
    out[at++] = NULL; // transaction
    out[at++] = ONE_CHARACTER;
    out[at++] = row.operation.charCodeAt(0);
    return at + this.#tail.copy(out, at, 0, this.#tailLength);
  }

  /** An event without images: `t` (truncate). */
  writeTruncate(out: Buffer, at: number, seq: number): number {
    out[at++] = NULL;
    out[at++] = NULL;
    return this.finish(out, at, { operation: 't', index: 0, seq });
  }
}

function writeOptional(out: Buffer, at: number, text: string | null): number {
  out[at++] = text === null ? NULL : VALUE;
  return text === null ? at : writeString(out, at, text);
}
