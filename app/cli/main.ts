#!/usr/bin/env node
/** The program `dolistream`. */
import { EXIT } from '../../core/errors.ts';
import type { Composition } from '../runtime.ts';
import { watchSignals } from '../signals.ts';
import { processIo, say } from './cli-io.ts';
import { endProcess } from './exit-watch.ts';
import { runCommandLine } from './run-command-line.ts';

const io = processIo();
using signals = watchSignals({
  onFirst: (name) => say(io, `${name}: finishing what is in hand; once more to end at once.`),
  onSecond: () => process.exit(EXIT.failed),
});

async function loadEmbedded(): Promise<Composition> {
  const { embeddedComposition } = await import('../embedded.ts');
  return embeddedComposition;
}

const exitCode = await runCommandLine({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  io,
  signal: signals.signal,
  loadComposition: loadEmbedded,
});
endProcess(exitCode, (line) => say(io, line));
