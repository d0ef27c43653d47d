/** The firm as the simulator keeps it in memory: what it needs to decide who does what, where and with what. */
import type { City, ProductModel } from './names.ts';

export interface Technician {
  readonly id: number;
  /** EUR per hour. */
  readonly hourlyCost: number;
}

export interface Crew {
  /** 1 is ordinary; above is slower. */
  readonly speed: number;
  readonly technicians: readonly Technician[];
}

export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly city: City;
  /** How much business it brings, relative to the others. */
  readonly weight: number;
  /** Days after which it usually pays. */
  readonly paymentDays: number;
}

export interface Site {
  readonly id: number;
  readonly customer: Customer;
  readonly city: City;
  /** Ids in llx_projet_task. */
  readonly tasks: readonly number[];
  /** Planned days, as wall midnights. */
  readonly start: number;
  readonly end: number;
}

export interface Product {
  readonly id: number;
  readonly model: ProductModel;
}

export interface Firm {
  readonly boss: number;
  readonly dispatchers: readonly number[];
  readonly accountant: number;
  readonly crews: readonly Crew[];
  readonly warehouses: readonly number[];
  readonly products: readonly Product[];
  readonly customers: Customer[];
  readonly sites: Site[];
}

export const isStocked = (product: Product): boolean => product.model.monthlyUse > 0;

/** References as Dolibarr numbers them: prefix, year and month, and a number that starts again every month. */
export interface References {
  next(prefix: string, wall: number): string;
}

/** `step` and `first` let several writers share one series without meeting: each keeps to its own remainder. */
export function createReferences(
  start: (series: string) => number = () => 0,
  { step, first }: { readonly step: number; readonly first: number } = { step: 1, first: 1 },
): References {
  const last = new Map<string, number>();
  return {
    next: (prefix, wall) => {
      const series = prefix + new Date(wall).toISOString().slice(2, 7).replace('-', '');
      const number = last.has(series) ? last.get(series)! + step : start(series) + first;
      last.set(series, number);
      return `${series}-${String(number).padStart(4, '0')}`;
    },
  };
}
