/** The pipeline over whichever stores the options name; by default all of them are in this process. */
import { readSourceFacts } from '../adapters/mariadb/source-facts.ts';
import type { Logger } from '../core/ports/logger.ts';
import { PipelineRuntime } from './pipeline-runtime.ts';
import { addressOf, openSource } from './open-source.ts';
import type { Options } from './options.ts';
import type { Composition, PreflightReport, Runtime, RuntimeContext } from './runtime.ts';
import { openStores } from './stores.ts';

const DEFAULT_CHECK_SERVER_ID = 2_000_000_011;

async function createRuntime(context: RuntimeContext): Promise<Runtime> {
  return new PipelineRuntime(await openStores(context));
}

async function checkSource(options: Options, _logger: Logger): Promise<PreflightReport> {
  const source = await openSource(options, DEFAULT_CHECK_SERVER_ID);
  try {
    const problems = await source.preflight();
    return {
      ready: problems.every((problem) => problem.severity !== 'error'),
      server: `${source.identity.connector} ${source.identity.version}`,
      problems,
      facts: await readSourceFacts(addressOf(options), Date.now()),
    };
  } finally {
    await source.close();
  }
}

export const pipelineComposition: Composition = { createRuntime, checkSource };
