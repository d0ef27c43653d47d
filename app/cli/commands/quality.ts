import { writeFile } from 'node:fs/promises';
import { asDolistreamError, EXIT } from '../../../core/errors.ts';
import { qualityPage } from '../../../services/model/quality/quality-page.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { printJson, printLine, say } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { formatQuality } from '../print-quality.ts';

export const qualityCommand: Command = {
  name: 'quality',
  summary: 'Score the quality of the data: missing, duplicates, consistency, freshness, validity.',
  operands: [],
  examples: ['quality', 'quality --html quality.html --locale en', 'quality --days 30 --json'],
  run: async ({ options, io, signal, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const report = await connection.client.upkeep.quality({ days: options.days }, signal);
    if (options.html !== null) {
      await writePage(options.html, qualityPage(report, options.locale));
      say(io, `Written to ${options.html}.`);
    }
    if (options.json) printJson(io, report);
    else for (const line of formatQuality(report, options.locale)) printLine(io, line);
    return EXIT.done;
  },
};

async function writePage(path: string, page: string): Promise<void> {
  try {
    await writeFile(path, page);
  } catch (error) {
    throw asDolistreamError(error, 'CONFIG_INVALID', {
      fix: 'Name a file in a folder that you may write: --html FILE',
    });
  }
}
