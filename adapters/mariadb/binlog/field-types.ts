/** Column type codes of the binlog's table map (MariaDB sql/log_event.h, MySQL enum_field_types). */
export const FIELD = {
  decimal: 0,
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  null: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  newdate: 14,
  varchar: 15,
  bit: 16,
  timestamp2: 17,
  datetime2: 18,
  time2: 19,
  json: 245,
  newdecimal: 246,
  enum: 247,
  set: 248,
  tinyBlob: 249,
  mediumBlob: 250,
  longBlob: 251,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
} as const;

/** MariaDB's COMPRESSED columns; their values are zlib envelopes that this reader does not open. */
export const COMPRESSED_FIELDS: ReadonlySet<number> = new Set([140, 141]);

/** How many metadata bytes the table map holds for a type. */
export function metadataLength(fieldType: number): number {
  switch (fieldType) {
    case FIELD.string:
    case FIELD.varString:
    case FIELD.varchar:
    case FIELD.bit:
    case FIELD.newdecimal:
    case FIELD.enum:
    case FIELD.set:
    case 141:
      return 2;
    case FIELD.blob:
    case FIELD.tinyBlob:
    case FIELD.mediumBlob:
    case FIELD.longBlob:
    case FIELD.geometry:
    case FIELD.json:
    case FIELD.float:
    case FIELD.double:
    case FIELD.timestamp2:
    case FIELD.datetime2:
    case FIELD.time2:
    case 140:
      return 1;
    default:
      return 0;
  }
}
