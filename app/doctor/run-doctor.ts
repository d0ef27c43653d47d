/** Looks at everything a pipeline needs and changes nothing: no folder is made, no lock taken, no message sent. */
import type { Logger } from '../../core/ports/logger.ts';
import { EXIT } from '../../core/errors.ts';
import type { Options } from '../options.ts';
import type { Composition } from '../runtime.ts';
import type { Check } from './check.ts';
import { checkData, checkMachine } from './machine-checks.ts';
import { checkHttp, checkPipeline } from './pipeline-checks.ts';
import { checkPlaces } from './reach-checks.ts';
import { checkSource, leastPrivilegeSql } from './source-checks.ts';

export interface DoctorReport {
  readonly healthy: boolean;
  readonly checks: readonly Check[];
  /** Statements that make the source's user with the least rights; its password is left out. */
  readonly sql: readonly string[];
}

export async function runDoctor(
  options: Options,
  composition: Pick<Composition, 'checkSource'>,
  logger: Logger,
): Promise<DoctorReport> {
  const parts = await Promise.all([
    checkMachine(),
    checkData(options),
    checkSource(options, composition, logger),
    checkPlaces(options),
    checkHttp(options),
    checkPipeline(options),
  ]);
  const checks = parts.flat();
  const isMysql = checks.some(({ section, value }) => section === 'source' && value.includes('(mysql '));
  return {
    healthy: checks.every(({ state }) => state !== 'fail'),
    checks,
    sql: leastPrivilegeSql(options, isMysql),
  };
}

/** 3 when it is the source that is not ready, 1 for anything else that does not work, 0 otherwise. */
export function exitCodeOf({ checks }: DoctorReport): number {
  const failed = checks.filter(({ state }) => state === 'fail');
  if (failed.length === 0) return EXIT.done;
  return failed.some(({ section }) => section === 'source') ? EXIT.sourceNotReady : EXIT.failed;
}
