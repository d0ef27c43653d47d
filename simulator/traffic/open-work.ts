/** What is open at the moment and can be worked on next: filled from the database, then by the traffic itself. */
import type { Crew } from '../firm/firm.ts';
import type { InterventionType } from '../firm/intervention-types.ts';

export interface OpenTicket {
  readonly id: number;
  readonly ref: string;
  readonly customer: number;
  readonly project: number;
  status: number;
  readonly hasExtrafields: boolean;
}

export interface OpenIntervention {
  readonly id: number;
  readonly ref: string;
  readonly customer: number;
  readonly project: number;
  readonly type: InterventionType;
  readonly estimatedHours: number;
  readonly city: string;
  readonly crew: Crew;
  /** False for some: the row then comes with the closing. */
  readonly hasExtrafields: boolean;
}

export interface OpenInvoice {
  readonly id: number;
  readonly ref: string;
  readonly customer: number;
  readonly total: number;
}

export interface OpenQuote {
  readonly id: number;
  readonly customer: number;
}

export interface AgendaEntry {
  readonly id: number;
  /** rowid in llx_actioncomm_resources. */
  readonly resource: number;
  readonly user: number;
}

export interface OpenWork {
  readonly tickets: OpenTicket[];
  readonly interventions: OpenIntervention[];
  readonly invoices: OpenInvoice[];
  readonly quotes: OpenQuote[];
  readonly agenda: AgendaEntry[];
  /** Quantity by product id, in the main warehouse. */
  readonly stock: Map<number, number>;
  /** `product warehouse` of the rows of llx_product_stock that exist. */
  readonly places: Set<string>;
  /** The tag of each customer. */
  readonly tags: Map<number, number>;
}

/** Takes a random one out of a list; undefined when it is empty. */
export function takeAny<T>(list: T[], draw: number): T | undefined {
  const index = Math.floor(draw * list.length);
  const taken = list[index];
  // Order does not matter here: the last one fills the gap.
  const last = list.pop();
  if (last !== undefined && index < list.length) list[index] = last;
  return taken;
}
