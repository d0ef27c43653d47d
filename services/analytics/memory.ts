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
import type { InterventionRow } from './intervention-changes.ts';
import { emptyHistory, type JobHistory, loadHistory, type SavedHistory, saveHistory } from './job-history.ts';

export const OWNER = 'analytics';
export const MODEL_OWNER = 'analytics-model';

const FORMAT = 1;

/** Interventions whose reference is remembered until their hours come. */
const MAX_REFERENCES = 5000;
/** Findings remembered, so that a later correction of the same intervention does not alert again. */
const MAX_FINDINGS = 20_000;

export interface Memory {
  readonly history: JobHistory;
  /** Least recently changed first. */
  readonly rows: Map<number, InterventionRow>;
  /** Alert ids, oldest first. */
  readonly alerted: Set<string>;
  /** Alert ids since the saved model; also in `alerted`. */
  readonly raised: string[];
  /** What the weekly budget decided on lately, oldest first. */
  readonly decided: Decided[];
  /** Where reading goes on after a restart. */
  cursor: Cursor | null;
}

function dropOldest(entries: Set<unknown> | Map<unknown, unknown>, keep: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= keep) return;
    entries.delete(key);
  }
}

export function rememberRow(memory: Memory, row: InterventionRow): void {
  memory.rows.delete(row.intervention);
  memory.rows.set(row.intervention, row);
  dropOldest(memory.rows, MAX_REFERENCES);
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
  dropOldest(memory.alerted, MAX_FINDINGS);
  const model = {
    format: FORMAT,
    history: saveHistory(memory.history),
    rows: [...memory.rows.values()].map((row) => [row.intervention, row.ref, row.entity] as const),
    alerted: [...memory.alerted],
  } satisfies SavedModel;
  return [progressState(memory), { owner: MODEL_OWNER, state: model as unknown as JsonValue }];
}

function checkFormat(saved: { readonly format: number }): void {
  if (saved.format === FORMAT) return;
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
    history: model ? loadHistory(model.history) : emptyHistory(),
    rows: new Map(
      (model?.rows ?? []).map(([intervention, ref, entity]) => [intervention, { intervention, ref, entity }]),
    ),
    alerted: new Set([...(model?.alerted ?? []), ...raised]),
    raised,
    decided: [...(progress?.decided ?? [])],
    cursor: progress?.cursor ?? null,
  };
}
