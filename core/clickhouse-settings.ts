/** Settings of ClickHouse that the product depends on, whether the engine is in this process or on a server. */

export type ClickhouseSettings = Readonly<Record<string, string | number>>;

/**
 * For every statement. Whole numbers above 2^53 and decimals leave as text, because JSON numbers would be rounded by
 * JavaScript, and decimals keep their zeros as MariaDB prints them.
 */
export const ANSWER_SETTINGS: ClickhouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  output_format_decimal_trailing_zeros: 1,
};

/** Both are always said, because a setting stays with its connection. */
export const deduplicationSettings = (token: string | null): ClickhouseSettings => ({
  insert_deduplicate: token === null ? 0 : 1,
  insert_deduplication_token: token ?? '',
});

/** For the loader's statements. */
export const LOADER_SETTINGS: ClickhouseSettings = {
  // One thread keeps the order of the records, on which rowNumberInAllBlocks() relies; parallelism is over tables.
  max_threads: 1,
  max_insert_threads: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // A table of a thousand columns makes a long insert; these texts come from the loader alone.
  max_query_size: 16 * 1024 * 1024,
  // Most columns of an ERP's rows are null: an image in raw.events leaves them out.
  output_format_json_skip_null_value_in_named_tuples: 1,
  log_queries: 0,
};
