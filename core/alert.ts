/** One anomaly, exactly as schemas/alert.avsc writes it on the alerts topic; the fields are documented there. */
export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly severity: number;
  readonly entity: number;
  readonly subject_type: string;
  readonly subject_id: number;
  readonly subject_ref: string;
  readonly title: string;
  readonly explanation: string;
  readonly actual: number | null;
  readonly expected: number | null;
  readonly unit: string | null;
  /** A JSON object. */
  readonly details: string;
  readonly source_seq: number;
  /** Milliseconds since epoch. */
  readonly committed_at: number;
  /** Milliseconds since epoch. */
  readonly raised_at: number;
}
