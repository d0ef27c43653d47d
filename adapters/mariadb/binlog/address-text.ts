/** Types that the server keeps as bytes and prints as text. */
export type AddressKind = 'uuid' | 'inet4' | 'inet6';

/** The text of a value's bytes, as SELECT gives it. */
export function formatAddress(kind: AddressKind, bytes: Buffer): string {
  if (kind === 'inet4') return bytes.join('.');
  if (kind === 'uuid') {
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
  return formatInet6(bytes);
}

/**
 * As MariaDB prints it (sql/sql_type_inet.cc): the first of the longest runs of zeros is left out, be it a single one,
 * and what holds an IPv4 address ends in that.
 */
function formatInet6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  let [start, length] = [0, 0];
  for (let at = 0, run = 0; at < 8; at++) {
    run = groups[at] === 0 ? run + 1 : 0;
    if (run > length) [start, length] = [at - run + 1, run];
  }
  const text = (from: number, end: number): string =>
    groups
      .slice(from, end)
      .map((group) => group.toString(16))
      .join(':');
  if (length === 0) return text(0, 8);
  const holdsInet4 = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  if (holdsInet4) return `${length === 6 ? '::' : '::ffff:'}${bytes.subarray(12).join('.')}`;
  return `${text(0, start)}::${text(start + length, 8)}`;
}
