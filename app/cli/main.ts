#!/usr/bin/env node
/** The program `dolistream`. */
import { EXIT } from '../../core/errors.ts';
import { createRedaction } from '../redaction.ts';
import type { Composition } from '../runtime.ts';
import { watchSignals } from '../signals.ts';
import { processIo, say } from './cli-io.ts';
import { endProcess } from './exit-watch.ts';
import { reportError } from './report-error.ts';
import { runCommandLine } from './run-command-line.ts';

const io = processIo();
// A reader that had enough (`| head`) is no failure; a terminal that is gone must not stop what runs.
process.stdout.on('error', () => process.exit(EXIT.done));
process.stderr.on('error', () => undefined);
process.on('uncaughtException', (error) => {
  const json = process.argv.includes('--json');
  process.exit(reportError(io, error, { json, redact: createRedaction([]) }));
});
using signals = watchSignals({
  onFirst: (name) => say(io, `${name}: finishing what is in hand; once more to end at once.`),
  onSecond: () => process.exit(EXIT.failed),
});

async function loadPipeline(): Promise<Composition> {
  const { pipelineComposition } = await import('../pipeline.ts');
  return pipelineComposition;
}

const exitCode = await runCommandLine({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  io,
  signal: signals.signal,
  loadComposition: loadPipeline,
});
endProcess(exitCode, (line) => say(io, line));
