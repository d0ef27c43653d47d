/** Where the model stands, as the log keeps it for its owner. */
import { DolistreamError } from '../../core/errors.ts';
import type { Cursor, JsonValue } from '../../core/ports/change-log.ts';

/** Owner of the model's state in the log. */
export const MODEL_OWNER = 'model';

export interface ModelState {
  /** Everything before it is in the model, apart from what `whole` names. */
  readonly cursor: Cursor | null;
  /** Number of the run: versions of rows grow with it. */
  readonly run: number;
  /** Tables that are to be derived as a whole. */
  readonly whole: readonly string[];
  /** How each table was derived, by its name. */
  readonly fingerprints: Readonly<Record<string, string>>;
}

export function formatModelState({ cursor, run, whole, fingerprints }: ModelState): JsonValue {
  return { cursor, run, whole: [...whole], fingerprints: { ...fingerprints } };
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** A model that never ran is at the begin of the log. */
export function parseModelState(value: JsonValue): ModelState {
  if (value === null) return { cursor: null, run: 0, whole: [], fingerprints: {} };
  const { cursor, run, whole, fingerprints } = value as { [Name in keyof ModelState]?: unknown };
  const isRead =
    (cursor === null || isText(cursor)) &&
    Number.isSafeInteger(run) &&
    Array.isArray(whole) &&
    whole.every(isText) &&
    typeof fingerprints === 'object' &&
    fingerprints !== null &&
    Object.values(fingerprints).every(isText);
  if (!isRead) {
    throw new DolistreamError('LOG_CORRUPT', `The state of "${MODEL_OWNER}" cannot be read`, {
      fix: 'Remove the data folder’s copy of it by a new one: dolistream up --data with another folder.',
    });
  }
  return value as unknown as ModelState;
}

export function modelStopped(): DolistreamError {
  return new DolistreamError('NOT_RUNNING', 'The model does not run, or stopped before it was derived anew', {
    fix: 'What was begun is finished by the next run of the model: look at dolistream status.',
    retryable: true,
  });
}
