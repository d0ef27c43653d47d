/** What `dolistream warehouse` asks of a pipeline, here or in a running process. */
import type { RebuildReport } from '../../services/warehouse/rebuild/rebuild-mirror.ts';

export interface WarehouseRequest {
  /** Derive the model anew. */
  readonly fullRebuild: boolean;
  /** Fill the mirror anew before that: from raw.events, or from the lake's files. Null: the mirror stays as it is. */
  readonly from: 'raw' | 'lake' | null;
}

export interface WarehouseTable {
  readonly database: string;
  readonly name: string;
  readonly rows: number;
  /** On the disk. */
  readonly bytes: number;
  /** Commit time of the newest change of a table of the mirror, ISO 8601; null: not known, or not of the source. */
  readonly changedAt: string | null;
  /** When rows of it were last written, ISO 8601; null: never, or a view. */
  readonly writtenAt: string | null;
}

/** What a rebuild did, to the mirror and then to the model. */
export interface WarehouseRebuild extends RebuildReport {
  readonly from: 'raw' | 'lake' | null;
  /** Tables of the model that were derived anew. */
  readonly modelTables: number;
  readonly seconds: number;
}

export interface WarehouseReport {
  /** null: nothing was rebuilt. */
  readonly rebuilt: WarehouseRebuild | null;
  readonly tables: readonly WarehouseTable[];
  /** Commit time of the newest change that the model has, ISO 8601; null: there is none. */
  readonly upTo: string | null;
}

export interface WarehouseClient {
  /**
   * Brings the model up to what was committed in the log at the call, or rebuilds; then tells what there is. Rejects with
   * NOT_RUNNING when loader or model are elsewhere, and with CONFIG_INVALID while a rebuild runs or for what cannot be.
   */
  refresh(request: WarehouseRequest, signal: AbortSignal): Promise<WarehouseReport>;
}
