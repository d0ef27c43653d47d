import { resolve } from 'node:path';
import { EXIT } from '../../../core/errors.ts';
import { restoreBackup } from '../../backup/backup-folder.ts';
import { printJson, printLine, say } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { formatCount } from '../progress.ts';

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Make a data folder of a backup, every file checked. The folder must not exist, or be empty.',
  operands: ['FOLDER'],
  examples: ['restore /mnt/backup/dolistream-2026-11-23 --data /var/lib/dolistream'],
  run: async ({ options, operands, io, signal }) => {
    const from = resolve(operands[0]!);
    const { files, position, takenAt } = await restoreBackup(from, options.data, signal);
    if (options.json) printJson(io, { folder: options.data, position, takenAt, files: files.length });
    else {
      printLine(io, `${options.data}  ${formatCount(files.length)} files of ${takenAt}`);
      say(io, 'dolistream up goes on from there, as long as the source still has the binlog since then.');
    }
    return EXIT.done;
  },
};
