/**
 * Every rule of data quality: what it looks at, how much it weighs, and which file of clickhouse/quality/rules asks for it.
 * Adding a rule is an entry in one of these lists, and a file when none of the others asks what it asks.
 */
import { CONSISTENCY_RULES } from './consistency-rules.ts';
import { DATED_RULES } from './dated-rules.ts';
import { DUPLICATE_RULES, MISSING_RULES } from './missing-rules.ts';
import type { QualityRule } from './quality-rule.ts';
import { VALIDITY_RULES } from './validity-rules.ts';

export const QUALITY_RULES: readonly QualityRule[] = [
  ...MISSING_RULES,
  ...DUPLICATE_RULES,
  ...CONSISTENCY_RULES,
  ...DATED_RULES,
  ...VALIDITY_RULES,
];
