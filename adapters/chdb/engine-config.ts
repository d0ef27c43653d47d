/**
 * Server settings of the embedded engine. Left alone, ClickHouse sizes its caches for a server of its own (5 GB of
 * marks); here it shares one small machine with the database, the ERP and Node.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MIB = 1024 * 1024;

/** Names as in ClickHouse's config.xml; sizes in bytes. */
const SERVER_SETTINGS: Readonly<Record<string, number>> = {
  max_server_memory_usage: 1024 * MIB,
  mark_cache_size: 64 * MIB,
  primary_index_cache_size: 32 * MIB,
  uncompressed_cache_size: 0,
  index_mark_cache_size: 8 * MIB,
  query_condition_cache_size: 8 * MIB,
  compiled_expression_cache_size: 8 * MIB,
  parquet_metadata_cache_size: 8 * MIB,
  iceberg_metadata_files_cache_size: MIB,
  vector_similarity_index_cache_size: MIB,
  text_index_tokens_cache_size: MIB,
  text_index_header_cache_size: MIB,
  text_index_postings_cache_size: MIB,
  max_thread_pool_size: 200,
  // In a container the cgroup's memory is everybody's, page cache included: it says nothing of the engine.
  memory_worker_use_cgroup: 0,
  background_pool_size: 2,
};

/**
 * Inserts and merges do not begin unless this stays free. What is under way when a disk becomes full is written cut off and
 * taken for whole (19 of 25 merges, measured on 26.7; fsync settings change nothing), so there must be room for all of it.
 */
const KEEP_FREE_BYTES = 256 * MIB;

/** Writes the engine's configuration into `dir` and returns its path. */
export async function writeEngineConfig(dir: string): Promise<string> {
  const path = join(dir, 'engine-config.xml');
  const lines = Object.entries(SERVER_SETTINGS).map(([name, value]) => `  <${name}>${value}</${name}>`);
  const disk = `<default><keep_free_space_bytes>${KEEP_FREE_BYTES}</keep_free_space_bytes></default>`;
  lines.push(`  <storage_configuration><disks>${disk}</disks></storage_configuration>`);
  await writeFile(path, `<clickhouse>\n${lines.join('\n')}\n</clickhouse>\n`, { mode: 0o600 });
  return path;
}
