/** The table of contents of the command line. */
import { alertsCommand } from './commands/alerts.ts';
import { analyticsCommand } from './commands/analytics.ts';
import { backfillCommand } from './commands/backfill.ts';
import { cleanupCommand } from './commands/cleanup.ts';
import { exportPersonCommand } from './commands/export-person.ts';
import { forgetCommand } from './commands/forget.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { demoCommand } from './commands/demo.ts';
import { extractCommand } from './commands/extract.ts';
import { mappingCommand } from './commands/mapping.ts';
import { modelsCommand } from './commands/models.ts';
import { lagCommand } from './commands/lag.ts';
import { pipelineCommand } from './commands/pipeline.ts';
import { predictCommand } from './commands/predict.ts';
import { qualityCommand } from './commands/quality.ts';
import { queryCommand } from './commands/query.ts';
import { replayCommand } from './commands/replay.ts';
import { runCommand } from './commands/run.ts';
import { schemaCommand } from './commands/schema.ts';
import { statusCommand } from './commands/status.ts';
import { upCommand } from './commands/up.ts';
import { verifyCommand } from './commands/verify.ts';
import { warehouseCommand } from './commands/warehouse.ts';
import { backupCommand } from './commands/backup.ts';
import { completionCommand } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { hashPasswordCommand } from './commands/hash-password.ts';
import { restoreCommand } from './commands/restore.ts';
import { supportBundleCommand } from './commands/support-bundle.ts';
import { tapCommand } from './commands/tap.ts';
import { topCommand } from './commands/top.ts';
import type { Command } from './command.ts';

export const COMMAND_TABLE: readonly Command[] = [
  demoCommand,
  upCommand,
  runCommand,
  pipelineCommand,
  extractCommand,
  backfillCommand,
  verifyCommand,
  queryCommand,
  warehouseCommand,
  analyticsCommand,
  predictCommand,
  modelsCommand,
  qualityCommand,
  cleanupCommand,
  forgetCommand,
  exportPersonCommand,
  mappingCommand,
  statusCommand,
  lagCommand,
  replayCommand,
  deadLettersCommand,
  schemaCommand,
  alertsCommand,
  topCommand,
  tapCommand,
  doctorCommand,
  supportBundleCommand,
  backupCommand,
  restoreCommand,
  hashPasswordCommand,
  completionCommand,
];
