import { systemClock } from '../../../core/clock.ts';
import { EXIT } from '../../../core/errors.ts';
import { runDemo } from '../../demo.ts';
import { printJson, printLine } from '../cli-io.ts';
import type { Command } from '../command.ts';
import { openDemoView } from '../demo-view.ts';
import { formatCount } from '../progress.ts';

const NOTHING = {
  captured: 'Nothing was captured',
  loaded: 'Nothing was loaded into ClickHouse',
  alerted: 'No alert was raised',
};

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Show everything on a simulated construction firm with its own MariaDB; needs nothing.',
  operands: [],
  examples: ['demo', 'demo --for 60s', 'demo --yes --rate 50 --seed 7'],
  run: async ({ options, io, signal, loadComposition }) => {
    const composition = await loadComposition();
    using view = openDemoView(io.stderr, systemClock.now());
    const { counts } = await runDemo({ options, composition, view, ask: io.ask, signal });
    // Whoever ends it early has seen what they wanted; only a run of its full length must show everything.
    const names = Object.keys(NOTHING) as (keyof typeof NOTHING)[];
    const missing = signal.aborted ? [] : names.filter((name) => counts[name] === 0);
    if (options.json) printJson(io, { ...counts, complete: missing.length === 0 });
    else {
      const { captured, loaded, laked, alerted } = counts;
      printLine(
        io,
        `Captured ${formatCount(captured)} events, loaded ${formatCount(loaded)} into ClickHouse, ` +
          `wrote ${formatCount(laked)} to the lake so far, raised ${formatCount(alerted)} alerts.`,
      );
      for (const name of missing)
        printLine(io, `${NOTHING[name]}: see the newest file in ${options.data}/logs.`);
    }
    return missing.length === 0 ? EXIT.done : EXIT.failed;
  },
};
