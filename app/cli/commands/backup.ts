import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT } from '../../../core/errors.ts';
import { requireFreeForBackup, writeBackup } from '../../backup/backup-folder.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { formatCount } from '../progress.ts';

export const backupCommand: Command = {
  name: 'backup',
  summary:
    'Copy the data folder into a new folder, also while the pipeline runs: log, warehouse, lake, models.',
  operands: ['FOLDER'],
  examples: [
    'backup /mnt/backup/dolistream-$(date +%F)',
    'backup /mnt/backup/today --data /var/lib/dolistream',
  ],
  run: async ({ options, operands, io, signal, loadComposition }) => {
    const folder = resolve(operands[0]!);
    requireFreeForBackup(folder);
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const staged = await connection.client.upkeep.backup({}, signal);
    try {
      const { files, position } = await writeBackup(staged, folder, signal);
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      if (options.json) printJson(io, { folder, position, files: files.length, bytes });
      else
        printLine(
          io,
          `${folder}  ${formatCount(files.length)} files, ${formatCount(Math.ceil(bytes / 2 ** 20))} MiB`,
        );
    } finally {
      await rm(staged.folder, { recursive: true, force: true });
    }
    return EXIT.done;
  },
};
