/**
 * Everything analytics remembers, and its saved form. Two states in the log:
 * - `analytics` (small): the cursor from which to read on, and the alerts raised after it. Written with each alert.
 * - `analytics-model` (large): what had been learnt at that cursor. Written now and then.
 * After a restart the records behind the cursor are read again, which gives the same model and the same findings;
 * those in `raised` are known and stay silent.
 */
import { DolistreamError } from '../../core/errors.ts';
import type { ChangeLog, Cursor, JsonValue, StateChange } from '../../core/ports/change-log.ts';
import type { Decided } from './alert-budget.ts';
import { loadHistory, type SavedHistory, saveHistory } from './job-history.ts';
import { keepNewest } from './keep-newest.ts';
import { loadAmounts, saveAmounts, type SavedAmounts } from './live/amount-history.ts';
import { loadAnswers, saveAnswers, type SavedAnswers } from './live/answers.ts';
import { emptyLiveMemory, type LiveMemory } from './live/live-memory.ts';
import { type SavedWhole, UnusualWhole } from './live/unusual-whole.ts';

export const OWNER = 'analytics';
export const MODEL_OWNER = 'analytics-model';

/** Format 1 knew interventions only; it is read, too. */
const FORMAT = 2;
const READABLE: readonly number[] = [1, FORMAT];

/** Findings remembered, so that a later correction of the same intervention does not alert again. */
const MAX_FINDINGS = 20_000;

export interface Memory {
  readonly live: LiveMemory;
  /** Alert ids, oldest first. */
  readonly alerted: Set<string>;
  /** Alert ids since the saved model; also in `alerted`. */
  readonly raised: string[];
  /** What the weekly budget decided on lately, oldest first. */
  readonly decided: Decided[];
  /** Where reading goes on after a restart. */
  cursor: Cursor | null;
}

export function rememberAlert(memory: Memory, id: string): void {
  memory.alerted.add(id);
  memory.raised.push(id);
}

interface SavedProgress {
  readonly format: number;
  readonly cursor: Cursor | null;
  readonly raised: readonly string[];
  /** Absent in what earlier versions saved. */
  readonly decided?: readonly Decided[];
}

interface SavedModel {
  readonly format: number;
  readonly history: SavedHistory;
  readonly rows: readonly (readonly [number, string, number])[];
  readonly alerted: readonly string[];
  /** Absent in format 1. */
  readonly live?: SavedLive;
}

interface SavedLive {
  readonly whole: SavedWhole;
  readonly invoices: SavedAmounts;
  readonly exits: SavedAmounts;
  readonly answers: SavedAnswers;
  readonly customers: readonly (readonly [number, string])[];
  readonly products: readonly (readonly [number, string])[];
}

function saveLive({ whole, invoices, exits, answers, customers, products }: LiveMemory): SavedLive {
  return {
    ...{ whole: whole.save(), invoices: saveAmounts(invoices), exits: saveAmounts(exits) },
    ...{ answers: saveAnswers(answers), customers: [...customers], products: [...products] },
  };
}

function loadLive({ history, rows, live }: SavedModel): LiveMemory {
  const jobs = {
    history: loadHistory(history),
    rows: new Map(
      rows.map(([intervention, ref, entity]) => [intervention, { intervention, ref, entity }] as const),
    ),
  };
  if (!live) return { ...emptyLiveMemory(), ...jobs };
  return {
    ...jobs,
    ...{ whole: UnusualWhole.load(live.whole), answers: loadAnswers(live.answers) },
    ...{ invoices: loadAmounts(live.invoices), exits: loadAmounts(live.exits) },
    ...{ customers: new Map(live.customers), products: new Map(live.products) },
  };
}

/** The small state, to be written in the same step as the alerts it names. */
export function progressState(memory: Memory): StateChange {
  const { cursor, raised, decided } = memory;
  const state: SavedProgress = { format: FORMAT, cursor, raised: [...raised], decided: [...decided] };
  return { owner: OWNER, state: state as unknown as JsonValue };
}

/**
 * Moves the saved cursor to `cursor` and returns the states to write in one step. `modelChanged`: something was
 * learnt since the model was last saved; otherwise the saved model is still the one that belongs to the cursor.
 */
export function checkpoint(memory: Memory, cursor: Cursor | null, modelChanged: boolean): StateChange[] {
  memory.cursor = cursor;
  if (!modelChanged) return [progressState(memory)];
  memory.raised.length = 0;
  keepNewest(memory.alerted, MAX_FINDINGS);
  const model = {
    format: FORMAT,
    history: saveHistory(memory.live.history),
    rows: [...memory.live.rows.values()].map((row) => [row.intervention, row.ref, row.entity] as const),
    alerted: [...memory.alerted],
    live: saveLive(memory.live),
  } satisfies SavedModel;
  return [progressState(memory), { owner: MODEL_OWNER, state: model as unknown as JsonValue }];
}

function checkFormat(saved: { readonly format: number }): void {
  if (READABLE.includes(saved.format)) return;
  throw new DolistreamError(
    'LOG_FORMAT_UNKNOWN',
    `State of analytics has format ${saved.format}, not ${FORMAT}`,
    {
      fix: 'Use the version of dolistream that wrote this data folder, or a newer one.',
    },
  );
}

export async function loadMemory(log: ChangeLog): Promise<Memory> {
  const progress = (await log.getState(OWNER)) as SavedProgress | null;
  const model = (await log.getState(MODEL_OWNER)) as SavedModel | null;
  if (progress) checkFormat(progress);
  if (model) checkFormat(model);
  const raised = [...(progress?.raised ?? [])];
  return {
    live: model ? loadLive(model) : emptyLiveMemory(),
    alerted: new Set([...(model?.alerted ?? []), ...raised]),
    raised,
    decided: [...(progress?.decided ?? [])],
    cursor: progress?.cursor ?? null,
  };
}
