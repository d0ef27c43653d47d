import { auditDataFolder } from '../support/audit-data-folder.ts';
import { runCli } from '../support/cli-process.ts';
import { UpProcess } from '../support/up-process.ts';
import { EXTRA_OPTIONS, noteEarlyEnd, type Pipeline, type PipelinePlace } from './pipeline.ts';

/** `dolistream up`, copied and streaming. */
export async function startUp({ source, dataDir, clock }: PipelinePlace): Promise<Pipeline> {
  const options = { source, dataDir, extra: EXTRA_OPTIONS, ...(clock && { cli: clock.cli }) };
  const problems: string[] = [];
  let up = await UpProcess.start(options);
  await up.untilStreaming();
  return {
    ...{ problems, services: null, servers: null },
    async kill() {
      noteEarlyEnd(problems, 'dolistream up', await up.kill9());
    },
    async start() {
      up = await UpProcess.start(options);
    },
    verify: () => runCli(['verify', '--data', dataDir, '--source', source, '--json']),
    async stop() {
      const code = await up.stop();
      if (code !== 0) problems.push(`dolistream up ended with exit code ${code}`);
    },
    audit: (expected) => auditDataFolder(dataDir, expected),
    [Symbol.asyncDispose]: async () => void (await up.kill9()),
  };
}
