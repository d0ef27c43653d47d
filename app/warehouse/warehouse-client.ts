/** What `dolistream warehouse` asks of a pipeline, here or in a running process. */
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

export interface WarehouseRebuild {
  readonly from: 'raw' | 'lake' | null;
  /** Tables of the mirror that were filled anew, and how many events that took. */
  readonly tables: readonly { readonly table: string; readonly events: number }[];
  /** Tables of the mirror that were left as they are, with the reason. */
  readonly leftOut: readonly { readonly table: string; readonly reason: string }[];
  /** Tables of the model that were derived anew. */
  readonly modelTables: number;
  /** How long the loader stood still for the swap. */
  readonly heldSeconds: number;
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
