/**
 * A decoder per table version: turns row images of the binlog into Avro datums in one pass over their bytes.
 * Dropped columns are read over and never reach the output.
 */
import { writeLong } from '../../../core/avro-bytes.ts';
import type { ColumnType } from '../../../core/column-type.ts';
import { DolistreamError } from '../../../core/errors.ts';
import type { RowCursor, RowOperation } from '../../../core/ports/change-source.ts';
import type { TableSchema } from '../../../core/table-schema.ts';
import { encodeField, type EncodedField } from './field-encoders.ts';
import type { TableMap } from './table-map.ts';
import { TranscodeState } from './transcode-state.ts';

export interface DecoderContext {
  /** Character set name of a collation id. */
  readonly charsetOf: (collation: number) => string;
  /** Type in the catalog, where known. */
  readonly declared: (column: string) => ColumnType | undefined;
  /** True for a column that must not leave the source. */
  readonly drops: (column: string) => boolean;
}

/** How one rows event is to be read. */
export interface RowsEvent {
  readonly operation: 'c' | 'u' | 'd';
  readonly bytes: Buffer;
  /** Row images are bytes[at, end). */
  readonly at: number;
  readonly end: number;
}

const UNION_VALUE = 2; // branch 1 of ["null", T], zig-zag
const NO_KEY_PART = -1;

interface Field extends EncodedField {
  readonly dropped: boolean;
  /** Index in the key, or NO_KEY_PART. */
  readonly keyPart: number;
}

export class RowDecoder {
  readonly table: TableSchema;
  readonly columnCount: number;
  readonly #fields: readonly Field[];
  readonly #nullBytes: number;
  readonly #fixedBytes: number;
  readonly #growth: number;
  readonly #keyStarts: number[];
  readonly #keyEncoders: EncodedField['encode'][];
  readonly #state = new TranscodeState();

  constructor(map: TableMap, context: DecoderContext) {
    const fields = map.columns.map((column, index): Field => {
      const dropped = context.drops(column.name);
      const encoded = encodeField(column, context.charsetOf, context.declared(column.name));
      return { ...encoded, dropped, keyPart: map.key.indexOf(index) };
    });
    const dropsKey = fields.find((field) => field.dropped && field.keyPart !== NO_KEY_PART);
    if (dropsKey) {
      const column = map.columns[fields.indexOf(dropsKey)]!;
      throw new DolistreamError(
        'CONFIG_INVALID',
        `Column rule drops ${map.table}.${column.name}, which is part of the primary key`,
        { fix: 'Exclude the whole table, or take the column out of --drop-columns' },
      );
    }
    this.#fields = fields;
    this.#nullBytes = Math.ceil(fields.length / 8);
    this.#fixedBytes = fields.reduce((sum, field) => sum + field.extraBytes, 16);
    this.#growth = fields.reduce((most, field) => Math.max(most, field.growth), 1);
    this.#keyStarts = map.key.map(() => 0);
    this.#keyEncoders = map.key.map((index) => fields[index]!.encode);
    this.columnCount = fields.length;
    this.table = {
      database: map.database,
      table: map.table,
      key: map.key.map((index) => map.columns[index]!.name),
      columns: map.columns.flatMap((column, index) =>
        fields[index]!.dropped ? [] : [{ name: column.name, type: fields[index]!.type }],
      ),
    };
  }

  rows(event: RowsEvent): RowCursor {
    return new BinlogRowCursor(this, event);
  }

  /** Most bytes that an image with this many source bytes left can take. */
  maxBytes(sourceBytes: number): number {
    return sourceBytes * this.#growth + this.#fixedBytes;
  }

  /** Reads the image at `from`, writes its datum at `at`; `sourceEnd` and the return value say where both ended. */
  transcode(source: Buffer, from: number, out: Buffer, at: number): number {
    const state = this.#state;
    const fields = this.#fields;
    state.source = source;
    state.out = out;
    state.to = at;
    state.from = from + this.#nullBytes;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      const isNull = (source[from + (i >> 3)]! & (1 << (i & 7))) !== 0;
      if (field.dropped) {
        if (isNull) continue;
        const before = state.to;
        state.to++;
        field.encode(state);
        state.to = before;
      } else if (isNull) {
        out[state.to++] = 0;
      } else {
        if (field.keyPart !== NO_KEY_PART) this.#keyStarts[field.keyPart] = state.from;
        out[state.to++] = UNION_VALUE;
        field.encode(state);
      }
    }
    return state.to;
  }

  /** Where the image last transcoded ends in its source. */
  get sourceEnd(): number {
    return this.#state.from;
  }

  /** Key of the image last transcoded; moves nothing. */
  transcodeKey(out: Buffer, at: number): number {
    const state = this.#state;
    const end = state.from;
    state.out = out;
    state.to = at;
    for (let part = 0; part < this.#keyEncoders.length; part++) {
      state.from = this.#keyStarts[part]!;
      const before = state.to;
      // A zero date makes itself null through the byte before it, which a key does not have: give it day 0 instead.
      out[before] = UNION_VALUE;
      state.to = before + 1;
      this.#keyEncoders[part]!(state);
      if (out[before] === UNION_VALUE) {
        out.copyWithin(before, before + 1, state.to);
        state.to--;
      } else {
        state.to = writeLong(out, before, 0);
      }
    }
    state.from = end;
    return state.to;
  }
}

class BinlogRowCursor implements RowCursor {
  readonly operation: RowOperation;
  readonly #decoder: RowDecoder;
  readonly #event: RowsEvent;
  #from: number;

  constructor(decoder: RowDecoder, event: RowsEvent) {
    this.#decoder = decoder;
    this.#event = event;
    this.operation = event.operation;
    this.#from = event.at;
  }

  get table(): TableSchema {
    return this.#decoder.table;
  }

  next(): boolean {
    return this.#from < this.#event.end;
  }

  maxImageBytes(): number {
    return this.#decoder.maxBytes(this.#event.end - this.#from);
  }

  writeImage(out: Buffer, at: number): number {
    const end = this.#decoder.transcode(this.#event.bytes, this.#from, out, at);
    this.#from = this.#decoder.sourceEnd;
    if (this.#from > this.#event.end) {
      throw new DolistreamError(
        'SOURCE_EVENT_UNSUPPORTED',
        `A row of ${this.table.database}.${this.table.table} does not end where its event ends`,
        { fix: 'Exclude the table with --exclude-tables and report it: its binlog format is not understood' },
      );
    }
    return end;
  }

  writeKey(out: Buffer, at: number): number {
    return this.#decoder.transcodeKey(out, at);
  }
}
