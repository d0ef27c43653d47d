import type { Alert } from '../alert.ts';

/** What became of one attempt to deliver an alert. Reasons are for people and hold no secret. */
export type Delivery =
  | { readonly outcome: 'delivered' }
  /** May succeed later; `afterMs` when the receiver said how long to wait. */
  | { readonly outcome: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** Will never succeed as it is: the receiver understood and said no. */
  | { readonly outcome: 'refused'; readonly reason: string };

/** A channel that people read: Slack, e-mail, a terminal. */
export interface Notifier {
  /** Unique among the notifiers of a process and stable over restarts: progress is saved under it. */
  readonly name: string;
  /**
   * Makes one attempt and says how it ended; does not retry by itself and does not reject for a failed delivery.
   * The same alert may come twice when an answer was lost: pass its id on, so that the receiver can tell.
   * Bounds its own time. When `signal` aborts it may give up early with `retry`.
   */
  notify(alert: Alert, signal: AbortSignal): Promise<Delivery>;
}
