/**
 * Which ClickHouse settings a client may send, what their values may be, and the bounds that hold whatever it sends.
 * Clients send many by themselves, so those in the table are never refused for being there; an unknown one is
 * (UNKNOWN_SETTING), because ignoring it could change what a query means.
 */
import { ClickHouseError } from './clickhouse-error.ts';

export interface QueryLimits {
  /** Rows of an answer. */
  readonly maxResultRows: number;
  /** Bytes of an answer, before it is written in its format. */
  readonly maxResultBytes: number;
  /** Seconds a query may run. */
  readonly maxSeconds: number;
  /** Bytes of memory a query may take. */
  readonly maxMemoryBytes: number;
  readonly maxThreads: number;
}

type SettingRule =
  /** 0 or 1. */
  | { readonly kind: 'flag' }
  | { readonly kind: 'count' }
  /** At most the bound; 0, which means no bound, and anything above become the bound. */
  | { readonly kind: 'bounded'; readonly bound: keyof QueryLimits }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'text'; readonly pattern: RegExp }
  /** About the transport, or without meaning for one engine: taken and not passed on. */
  | { readonly kind: 'ignored' };

const flag: SettingRule = { kind: 'flag' };
const count: SettingRule = { kind: 'count' };
const ignored: SettingRule = { kind: 'ignored' };
const choice = (...values: string[]): SettingRule => ({ kind: 'choice', values });
const bounded = (bound: keyof QueryLimits): SettingRule => ({ kind: 'bounded', bound });

const RULES: ReadonlyMap<string, SettingRule> = new Map<string, SettingRule>([
  ['max_execution_time', bounded('maxSeconds')],
  ['max_result_rows', bounded('maxResultRows')],
  ['max_result_bytes', bounded('maxResultBytes')],
  ['max_memory_usage', bounded('maxMemoryBytes')],
  ['max_threads', bounded('maxThreads')],
  ['result_overflow_mode', choice('throw', 'break')],
  ['timeout_overflow_mode', choice('throw', 'break')],
  ['read_overflow_mode', choice('throw', 'break')],
  ['max_rows_to_read', count],
  ['max_bytes_to_read', count],
  ['max_block_size', count],
  ['limit', count],
  ['offset', count],
  ['final', flag],
  ['extremes', flag],
  ['join_use_nulls', flag],
  ['prefer_column_name_to_alias', flag],
  ['cast_string_to_dynamic_use_inference', flag],
  ['session_timezone', { kind: 'text', pattern: /^[A-Za-z0-9_+\-/]{0,64}$/ }],
  ['additional_table_filters', { kind: 'text', pattern: /^[^]{0,10000}$/ }],
  ['log_comment', ignored],
  ['date_time_input_format', choice('basic', 'best_effort', 'best_effort_us')],
  ['date_time_output_format', choice('simple', 'iso', 'unix_timestamp')],
  ['format_csv_delimiter', { kind: 'text', pattern: /^[\x20-\x7e\t]$/ }],
  ['output_format_csv_crlf_end_of_line', flag],
  ['output_format_decimal_trailing_zeros', flag],
  ['output_format_json_array_of_rows', flag],
  ['output_format_json_named_tuples_as_objects', flag],
  ['output_format_json_quote_64bit_integers', flag],
  ['output_format_json_quote_decimals', flag],
  ['output_format_json_quote_denormals', flag],
  ['output_format_native_encode_types_in_binary_format', flag],
  ['output_format_parquet_string_as_string', flag],
  ['output_format_pretty_color', flag],
  ['output_format_pretty_max_rows', count],
  ['output_format_write_statistics', flag],
  ['readonly', choice('1', '2')],
  ['add_http_cors_header', ignored],
  ['async_insert', ignored],
  ['cancel_http_readonly_queries_on_client_close', ignored],
  ['enable_http_compression', ignored],
  ['http_headers_progress_interval_ms', ignored],
  ['http_write_exception_in_output_format', ignored],
  ['http_zlib_compression_level', ignored],
  ['log_queries', ignored],
  ['network_compression_method', ignored],
  ['network_zstd_compression_level', ignored],
  ['select_sequential_consistency', ignored],
  ['send_progress_in_http_headers', ignored],
  ['wait_for_async_insert', ignored],
]);

/** Names that a client may send. `readonly` is not among them: it may only be said again. */
export const CHANGEABLE_SETTINGS: readonly string[] = [...RULES.keys()].filter((name) => name !== 'readonly');

const FLAGS: Readonly<Record<string, number>> = { 0: 0, 1: 1, false: 0, true: 1 };

function wrongValue(name: string, value: string, wanted: string): never {
  const shown = JSON.stringify(value.slice(0, 100));
  throw new ClickHouseError('BAD_ARGUMENTS', `The setting ${name} is ${shown}; it takes ${wanted}`);
}

function countOf(name: string, value: string): number {
  const number = /^\d{1,15}(\.\d{1,6})?$/.test(value)
    ? Number(value)
    : wrongValue(name, value, 'a number from 0 on');
  return name === 'max_execution_time' ? number : Math.trunc(number);
}

/** The value for the engine, or null when the setting is not for it. */
function engineValue(name: string, value: string, limits: QueryLimits): string | number | null {
  const rule = RULES.get(name);
  if (!rule) {
    const known = [...RULES.keys()].sort().join(', ');
    const message = `Setting ${name.slice(0, 100)} is unknown or may not be set here. Those that may: ${known}`;
    throw new ClickHouseError('UNKNOWN_SETTING', message);
  }
  switch (rule.kind) {
    case 'ignored':
      return null;
    case 'flag':
      return FLAGS[value.toLowerCase()] ?? wrongValue(name, value, '0 or 1');
    case 'count':
      return countOf(name, value);
    case 'bounded': {
      const asked = countOf(name, value);
      return asked === 0 ? limits[rule.bound] : Math.min(asked, limits[rule.bound]);
    }
    case 'choice':
      if (name === 'readonly') return checkReadonly(value);
      return rule.values.includes(value) ? value : wrongValue(name, value, rule.values.join(' or '));
    case 'text':
      return rule.pattern.test(value) ? value : wrongValue(name, value, `text like ${rule.pattern.source}`);
  }
}

/** Everything is read-only already; asking for it again is fine, asking for less is not. */
function checkReadonly(value: string): null {
  if (value === '1' || value === '2') return null;
  throw new ClickHouseError('READONLY', "Cannot modify 'readonly' setting in readonly mode");
}

/**
 * The engine's settings for a query: the client's, checked and bounded, over the defaults of the endpoint.
 * `final` is on unless the client says otherwise, so that a mirror table shows each row once, as it is now.
 */
export function engineSettings(
  asked: ReadonlyMap<string, string>,
  limits: QueryLimits,
): Record<string, string | number> {
  const settings: Record<string, string | number> = {
    final: 1,
    max_execution_time: limits.maxSeconds,
    max_result_rows: limits.maxResultRows,
    max_result_bytes: limits.maxResultBytes,
    result_overflow_mode: 'throw',
    max_memory_usage: limits.maxMemoryBytes,
    max_threads: limits.maxThreads,
  };
  for (const [name, value] of asked) {
    const accepted = engineValue(name, value, limits);
    if (accepted !== null) settings[name] = accepted;
  }
  return { ...settings, readonly: 1 };
}
