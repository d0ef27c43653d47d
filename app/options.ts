/**
 * The one table of options. An entry in option-table/ is all it takes: the flag, the environment names, `--help`,
 * docs/options.md, .env.example and the typed `Options` all come from it.
 */
import type { OptionSpec } from './option-spec.ts';
import { ALERT_OPTIONS, ALERTS_COMMAND_OPTIONS } from './option-table/alerts.ts';
import { CAPTURE_OPTIONS } from './option-table/capture.ts';
import { ANALYTICS_COMMAND_OPTIONS } from './option-table/analytics.ts';
import { PER_COMMAND_OPTIONS } from './option-table/command.ts';
import { GENERAL_OPTIONS, HTTP_OPTIONS } from './option-table/general.ts';
import {
  ANALYTICS_OPTIONS,
  CHANGE_LOG_OPTIONS,
  LAKE_OPTIONS,
  WAREHOUSE_OPTIONS,
} from './option-table/pipeline.ts';
import { CLICKHOUSE_OPTIONS, KAFKA_OPTIONS, LOADER_OPTIONS, S3_OPTIONS } from './option-table/servers.ts';
import { RECOVERY_OPTIONS } from './option-table/recovery.ts';
import { SCHEDULE_OPTIONS } from './option-table/schedule.ts';
import { SOURCE_OPTIONS } from './option-table/source.ts';
import { TOOL_OPTIONS } from './option-table/tools.ts';
import { UPKEEP_OPTIONS } from './option-table/upkeep.ts';
import type { SourceAddress } from './source-address.ts';

export const OPTIONS = {
  ...GENERAL_OPTIONS,
  ...SOURCE_OPTIONS,
  ...CAPTURE_OPTIONS,
  ...CHANGE_LOG_OPTIONS,
  ...KAFKA_OPTIONS,
  ...LAKE_OPTIONS,
  ...S3_OPTIONS,
  ...WAREHOUSE_OPTIONS,
  ...CLICKHOUSE_OPTIONS,
  ...LOADER_OPTIONS,
  ...ANALYTICS_OPTIONS,
  ...ALERT_OPTIONS,
  ...SCHEDULE_OPTIONS,
  ...HTTP_OPTIONS,
  ...PER_COMMAND_OPTIONS,
  ...RECOVERY_OPTIONS,
  ...ANALYTICS_COMMAND_OPTIONS,
  ...UPKEEP_OPTIONS,
  ...TOOL_OPTIONS,
  ...ALERTS_COMMAND_OPTIONS,
};

export type OptionName = keyof typeof OPTIONS;

type ValueOf<S> = S extends OptionSpec<infer T> ? T : never;

/** The value of every entry, as parsed. */
export type OptionValues = { readonly [Name in OptionName]: ValueOf<(typeof OPTIONS)[Name]> };

type SourcePart = 'source' | 'sourceHost' | 'sourcePort' | 'sourceDatabase' | 'sourceUser' | 'sourcePassword';

/** What the program works with: checked values, with the source put together from its parts. */
export interface Options extends Omit<OptionValues, SourcePart> {
  /** null when no option names a source. */
  readonly source: SourceAddress | null;
}

/** Lists an entry as one without its value's type, for code that walks the table. */
export function optionEntries(): readonly (readonly [OptionName, OptionSpec<unknown>])[] {
  return Object.entries(OPTIONS) as unknown as readonly (readonly [OptionName, OptionSpec<unknown>])[];
}
