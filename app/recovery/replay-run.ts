/** Sets loaders of this process back to a place in the log, and waits until they are where they were again. */
import { setTimeout as pause } from 'node:timers/promises';
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeLog } from '../../core/ports/change-log.ts';
import { tableOfTopic } from '../../core/topics.ts';
import { isReplaying } from '../../services/warehouse/lane-state.ts';
import type { LoaderShards } from '../loader-shards.ts';
import { planReplay, type ReplayPlan, type ReplayStart } from './replay-plan.ts';

export interface ReplayRun {
  readonly log: ChangeLog;
  readonly load: LoaderShards;
  readonly prefix: string;
  readonly start: ReplayStart;
  readonly selects: (table: string) => boolean;
}

export interface ReplayReport {
  /** Records that were loaded again, by table. */
  readonly tables: readonly { readonly table: string; readonly records: number }[];
  /** Tables that were not loaded again, with the reason. */
  readonly leftOut: readonly { readonly table: string; readonly reason: string }[];
  readonly seconds: number;
}

const LOOK_EVERY_MS = 50;

/** Rejects with LOG_TRIMMED, CONFIG_INVALID or NOT_RUNNING before anything is changed. */
export async function runReplay(run: ReplayRun, signal: AbortSignal): Promise<ReplayReport> {
  const { load, log, prefix } = run;
  const startedAt = performance.now();
  await load.untilLoading(signal);
  const plan = await planReplay(log, run);
  const nameOf = (topic: string): string => tableOfTopic(prefix, topic)?.table ?? topic;
  const [here, elsewhere] = divide([...plan.topics.keys()], (topic) => load.holds(topic));
  if (here.length === 0 && elsewhere.length > 0) throw notHeld(elsewhere.map(nameOf));
  await load.setBack({ from: plan.from, firsts: firstsOf(plan, here) });
  await untilLoadedAgain(run, signal);
  return {
    tables: here.map((topic) => ({ table: nameOf(topic), records: plan.topics.get(topic)!.records })),
    leftOut: elsewhere.map((topic) => ({
      table: nameOf(topic),
      reason: 'another loader has its share: ask that one too',
    })),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

function divide(topics: readonly string[], isHere: (topic: string) => boolean): [string[], string[]] {
  return [topics.filter(isHere), topics.filter((topic) => !isHere(topic))];
}

const firstsOf = ({ topics }: ReplayPlan, here: readonly string[]): Record<string, number> =>
  Object.fromEntries(here.map((topic) => [topic, topics.get(topic)!.first]));

function notHeld(tables: readonly string[]): DolistreamError {
  return new DolistreamError('NOT_RUNNING', `This process does not load ${tables.slice(0, 5).join(', ')}`, {
    fix: 'Ask the loader that has their share (--data names its folder), or stop all loaders and run this again.',
  });
}

/** By what the lanes save, so that it does not matter if one starts again meanwhile. */
async function untilLoadedAgain({ log, load }: ReplayRun, signal: AbortSignal): Promise<void> {
  for (const owner of load.owners()) {
    while (isReplaying(await log.getState(owner))) await pause(LOOK_EVERY_MS, undefined, { signal });
  }
}
