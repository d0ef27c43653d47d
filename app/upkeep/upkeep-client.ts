/** What the commands that keep the data in order ask of a pipeline, here or in a running process. */
import type { QualityReport } from '../../services/model/quality/measure-quality.ts';

export interface QualityRequest {
  /** Look only at rows changed in so many days; null: all, and the outcome goes into the trend. */
  readonly days: number | null;
}

export interface UpkeepClient {
  quality(request: QualityRequest, signal: AbortSignal): Promise<QualityReport>;
}
