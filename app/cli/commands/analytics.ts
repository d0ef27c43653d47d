import { EXIT } from '../../../core/errors.ts';
import { connectRuntime } from '../../connect-runtime.ts';
import { printJson } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { printAnalyses } from '../print-analyses.ts';

export const analyticsCommand: Command = {
  name: 'analytics',
  summary: 'Analyse the warehouse now: anomalies, segments, stock, durations, insights.',
  operands: [],
  examples: ['analytics', 'analytics --module segmentation', 'analytics --module prediction --json'],
  run: async ({ options, io, signal, loadComposition }) => {
    const composition = await loadComposition();
    await using connection = await connectRuntime({ options, composition, terminal: null });
    const reports = await connection.client.analytics.analyze({ module: options.module }, signal);
    if (options.json) printJson(io, reports);
    else printAnalyses(io, reports);
    return EXIT.done;
  },
};
