/** One value of a row packet of the text protocol (see TextRowEncoder, which reads them all). */
const TWO_BYTES = 0xfc;
const THREE_BYTES = 0xfd;
const NULL_MARK = 0xfb;

/** The bytes of the value with this index; empty for NULL. */
export function textCell(packet: Buffer, index: number): Buffer {
  let at = 0;
  for (let cell = 0; ; cell++) {
    let length = packet[at++]!;
    if (length === NULL_MARK) length = 0;
    else if (length > NULL_MARK) {
      const bytes = length === TWO_BYTES ? 2 : length === THREE_BYTES ? 3 : 6;
      length = packet.readUIntLE(at, bytes);
      at += bytes === 6 ? 8 : bytes;
    }
    if (cell === index) return packet.subarray(at, at + length);
    at += length;
  }
}
