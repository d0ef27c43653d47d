/** What the commands that keep the data in order ask of a pipeline, here or in a running process. */
import type { QualityReport } from '../../services/model/quality/measure-quality.ts';

import type { MappingProposal } from '../../services/model/propose-mapping.ts';
import type { StagedBackup } from '../backup/stage-backup.ts';
import type { ExtractReport, ExtractRequest } from './extract-tables.ts';
import type { Person } from '../../services/privacy/person.ts';
import type { ForgetReport, ForgetRequest } from './forget.ts';
import type { CleanupReport, CleanupRequest } from './cleanup.ts';

export interface QualityRequest {
  /** Look only at rows changed in so many days; null: all, and the outcome goes into the trend. */
  readonly days: number | null;
}

export interface UpkeepClient {
  quality(request: QualityRequest, signal: AbortSignal): Promise<QualityReport>;
  cleanup(request: CleanupRequest, signal: AbortSignal): Promise<CleanupReport>;
  /** Which extrafield may mean what, by the extrafields in the mirror. */
  suggestMapping(request: Readonly<Record<string, never>>, signal: AbortSignal): Promise<MappingProposal>;
  /** Writes tables of the mirror into files of a new folder in the data folder. */
  extract(request: ExtractRequest, signal: AbortSignal): Promise<ExtractReport>;
  /** The stages stand still meanwhile. Once it has begun it goes on to its end. */
  forget(request: ForgetRequest, signal: AbortSignal): Promise<ForgetReport>;
  /** A consistent copy inside the data folder; the stages stand still while the log is copied. */
  backup(request: Readonly<Record<string, never>>, signal: AbortSignal): Promise<StagedBackup>;
  /** All that the mirror and `raw` hold on a person. */
  exportPerson(person: Person, signal: AbortSignal): Promise<object>;
}
