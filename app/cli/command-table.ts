/** The table of contents of the command line. */
import { backfillCommand } from './commands/backfill.ts';
import { demoCommand } from './commands/demo.ts';
import { extractCommand } from './commands/extract.ts';
import { pipelineCommand } from './commands/pipeline.ts';
import { queryCommand } from './commands/query.ts';
import { statusCommand } from './commands/status.ts';
import { upCommand } from './commands/up.ts';
import { verifyCommand } from './commands/verify.ts';
import type { Command } from './command.ts';

export const COMMAND_TABLE: readonly Command[] = [
  demoCommand,
  upCommand,
  pipelineCommand,
  extractCommand,
  backfillCommand,
  verifyCommand,
  queryCommand,
  statusCommand,
];
