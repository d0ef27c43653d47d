import { writeLong } from '../../../core/avro-bytes.ts';

// Below this length a loop beats the call into TypedArray.prototype.set (measured on Node 20).
const LOOP_COPY_BELOW = 48;

/** Where a transcoder reads (source, from) and writes (out, to). One object, so that no value is boxed per column. */
export class TranscodeState {
  source: Buffer = Buffer.alloc(0);
  from = 0;
  out: Buffer = Buffer.alloc(0);
  to = 0;

  /** Copies `length` bytes as they are. */
  copy(length: number): void {
    const { source, out } = this;
    let { from, to } = this;
    const end = from + length;
    if (length < LOOP_COPY_BELOW) {
      while (from < end) out[to++] = source[from++]!;
    } else {
      source.copy(out, to, from, end);
      to += length;
    }
    this.from = end;
    this.to = to;
  }

  /** An Avro string or bytes value of the next `length` source bytes. */
  copyPrefixed(length: number): void {
    this.to = writeLong(this.out, this.to, length);
    this.copy(length);
  }

  long(value: number): void {
    this.to = writeLong(this.out, this.to, value);
  }

  /** Turns the union branch written just before into null: for values that Avro cannot hold, such as zero dates. */
  makeNull(): void {
    this.out[this.to - 1] = 0;
  }
}
