/**
 * Stock: what each product's demand is like, what is expected, when it runs out, and when and how much to order.
 * Protected is the time from an order to the delivery after the next: the supplier's measured lead time and a month.
 */
import {
  type Analysis,
  type Cell,
  type QueryRow,
  readFigure,
  readText,
  type ResultTable,
} from '../analysis.ts';
import { dayNumber, dayText, monthNumber } from '../day-arithmetic.ts';
import { type BandCalibration, calibrateBands, chanceUpTo } from '../models/demand-bands.ts';
import { type ReorderLevel, reorderLevels } from '../models/reorder-level.ts';
import {
  type Availability,
  AVAILABILITY_QUERIES,
  orderQuantity,
  readAvailability,
  virtualStock,
} from './availability.ts';
import { forecastBands } from './forecast-bands.ts';
import { replayPolicies } from './replay.ts';

export interface StockProduct {
  readonly id: number;
  readonly ref: string;
  readonly label: string;
  /** On hand, all warehouses. */
  readonly onHand: number;
  /** EUR per unit. */
  readonly cost: number;
  /** Dolibarr's alert level; null: none set. */
  readonly alertLevel: number | null;
  readonly desiredLevel: number | null;
  /** Units out per whole month, oldest first. */
  readonly demand: readonly number[];
  readonly availability: Availability;
}

/** Months of history that are looked at, and fewest that say anything. */
const MAX_MONTHS = 60;
const MIN_MONTHS = 6;
const HORIZON = 6;
const REVIEW_MONTHS = 1;
const DEFAULT_LEAD_DAYS = 14;
const DAYS_PER_MONTH = 30.44;
/** Service by class: the products that make the first 80 % of turnover, the next 15 %, the rest. */
const CLASSES = [
  { name: 'A', until: 0.8, service: 0.98 },
  { name: 'B', until: 0.95, service: 0.95 },
  { name: 'C', until: 1, service: 0.9 },
] as const;

type AbcClass = (typeof CLASSES)[number];

/** Demand by whole month up to the last complete one, aligned over all products. */
export function readProducts(
  input: Readonly<Record<string, readonly QueryRow[]>>,
  today: string,
): StockProduct[] {
  const end = monthNumber(today);
  const out = input['stock_out_by_month'] ?? [];
  const months = out.map((row) => monthNumber(readText(row, 'month'))).filter((month) => month < end);
  const first = Math.max(Math.min(end, ...months), end - MAX_MONTHS);
  const demand = new Map<number, number[]>();
  for (const row of out) {
    const product = readFigure(row, 'product_id') ?? 0;
    const month = monthNumber(readText(row, 'month')) - first;
    const quantity = readFigure(row, 'quantity_out') ?? 0;
    if (month < 0 || month >= end - first || quantity <= 0) continue;
    const series = demand.get(product) ?? Array.from({ length: end - first }, () => 0);
    series[month]! += quantity;
    demand.set(product, series);
  }
  const availabilityOf = readAvailability(input);
  return (input['stock_products'] ?? []).map((row) => {
    const id = readFigure(row, 'product_id') ?? 0;
    return {
      ...{ id, ref: readText(row, 'ref'), label: readText(row, 'label') },
      onHand: Math.max(0, readFigure(row, 'quantity') ?? 0),
      cost: Math.max(0, readFigure(row, 'average_cost') ?? 0),
      alertLevel: readFigure(row, 'alert_quantity'),
      desiredLevel: readFigure(row, 'desired_quantity'),
      demand: demand.get(id) ?? Array.from({ length: Math.max(0, end - first) }, () => 0),
      availability: availabilityOf(id),
    };
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Class of each product by its share of the last twelve months' turnover at cost. */
function classify(products: readonly StockProduct[]): Map<number, AbcClass> {
  const turnover = products.map((product) => ({
    id: product.id,
    euros: sum(product.demand.slice(-12)) * (product.cost || 1),
  }));
  const total = sum(turnover.map(({ euros }) => euros)) || 1;
  turnover.sort((a, b) => b.euros - a.euros || a.id - b.id);
  const classes = new Map<number, AbcClass>();
  let before = 0;
  for (const { id, euros } of turnover) {
    const share = before / total;
    classes.set(id, CLASSES.find((each) => share < each.until) ?? CLASSES[2]);
    before += euros;
  }
  return classes;
}

/** Median days from order to last reception over the firm's supplier orders; two weeks while there are few. */
export function measureLeadDays(rows: readonly QueryRow[]): number {
  const days = rows.map((row) => readFigure(row, 'lead_days')).filter((lead) => lead !== null && lead > 0);
  if (days.length < 5) return DEFAULT_LEAD_DAYS;
  const ordered = (days as number[]).sort((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)]!;
}

interface Outlook {
  /** Days from today until what is on hand is used up at the expected pace; null: not within the horizon. */
  readonly days: number | null;
  /** Probability that the next month's demand is more than what is on hand. */
  readonly riskNextMonth: number;
}

function outlookOf(onHand: number, level: ReorderLevel, calibration: BandCalibration): Outlook {
  const { months } = level.forecast;
  let left = onHand;
  let days: number | null = null;
  for (const [ahead, month] of months.entries()) {
    if (month > left) {
      days = Math.floor((ahead + (month > 0 ? left / month : 0)) * DAYS_PER_MONTH);
      break;
    }
    left -= month;
  }
  return { days, riskNextMonth: 1 - chanceUpTo(level, 0, calibration, onHand) };
}

const TABLE: Omit<ResultTable, 'rows'> = {
  name: 'stock',
  columns: [
    { name: 'product_id', type: 'Int64' },
    { name: 'ref', type: 'String' },
    { name: 'label', type: 'String' },
    {
      name: 'demand_class',
      type: 'String',
      comment: 'smooth, seasonal, erratic, intermittent, lumpy, dying, new, none',
    },
    { name: 'abc', type: 'String', comment: 'by turnover at cost' },
    { name: 'service', type: 'Float64', comment: 'probability of no stock-out that the level aims at' },
    { name: 'on_hand', type: 'Float64' },
    { name: 'expected_next_month', type: 'Float64' },
    { name: 'expected_6_months', type: 'Float64' },
    { name: 'reorder_level', type: 'Float64', comment: 'order when on hand and on order is below' },
    {
      name: 'order_quantity',
      type: 'Float64',
      comment: "to order now, at least the supplier's minimum and in whole packs; 0: nothing",
    },
    {
      name: 'stock_out_on',
      type: 'Nullable(Date32)',
      comment: 'at the expected pace; null: not within 6 months',
    },
    { name: 'order_by', type: 'Nullable(Date32)', comment: 'stock-out less the lead time' },
    { name: 'risk_next_month', type: 'Float64', comment: 'probability of a stock-out' },
    { name: 'alert_level', type: 'Nullable(Float64)', comment: 'as set in Dolibarr' },
    { name: 'on_order', type: 'Float64', comment: 'from suppliers, not received' },
    { name: 'reserved', type: 'Float64', comment: "on customers' orders, not shipped" },
    { name: 'available', type: 'Float64', comment: 'on hand and on order, less what is reserved' },
    { name: 'minimum_order', type: 'Float64', comment: 'of the cheapest supplier; 0: none' },
    { name: 'pack', type: 'Float64', comment: 'units of a pack; 0: none' },
  ],
};

const round = (value: number): number => Math.round(value * 1000) / 1000;

function rowOf(
  product: StockProduct,
  level: ReorderLevel,
  abc: AbcClass,
  when: { today: number; lead: number; calibration: BandCalibration },
): Cell[] {
  const { days, riskNextMonth } = outlookOf(product.onHand, level, when.calibration);
  const { months } = level.forecast;
  const perMonth = sum(months) / months.length;
  const { availability } = product;
  const available = virtualStock(product.onHand, availability);
  const needed = available < level.level ? level.level + perMonth - available : 0;
  const stockOut = days === null ? null : when.today + days;
  return [
    ...[product.id, product.ref, product.label, level.forecast.kind, abc.name, abc.service, product.onHand],
    ...[round(months[0] ?? 0), round(sum(months)), level.level],
    orderQuantity(needed, availability),
    stockOut === null ? null : dayText(stockOut),
    stockOut === null ? null : dayText(Math.max(when.today, stockOut - when.lead)),
    ...[round(riskNextMonth), product.alertLevel, availability.onOrder, availability.reserved],
    ...[available, availability.minimum, availability.pack],
  ];
}

/** The level of the protection time with the forecast of the whole horizon; a service per class. */
function levelsOf(
  products: readonly StockProduct[],
  classes: Map<number, AbcClass>,
  protection: number,
): ReorderLevel[] {
  const series = products.map(({ demand }) => demand);
  const horizon = reorderLevels(series, { protection: HORIZON, service: 0.95 });
  const byService = new Map(
    CLASSES.map(({ service }) => [service, reorderLevels(series, { protection, service })]),
  );
  return products.map((product, index) => {
    const { level, ratio, mean } = byService.get(classes.get(product.id)!.service)![index]!;
    return { forecast: horizon[index]!.forecast, level, ratio, mean };
  });
}

export const stockAnalysis: Analysis = {
  name: 'prediction',
  queries: ['stock_products', 'stock_out_by_month', 'supplier_lead_days', ...AVAILABILITY_QUERIES],
  compute: ({ rows, today, locale }) => {
    const products = readProducts(rows, today);
    const months = products[0]?.demand.length ?? 0;
    if (months < MIN_MONTHS) {
      const note =
        locale === 'fr'
          ? `Trop peu d'historique : ${months} mois complets de mouvements de stock, il en faut ${MIN_MONTHS}.`
          : `Too little history: ${months} whole months of stock movements, ${MIN_MONTHS} are needed.`;
      return { tables: [], notes: [note], model: null };
    }
    const lead = measureLeadDays(rows['supplier_lead_days'] ?? []);
    const protection = Math.max(1, Math.round(lead / DAYS_PER_MONTH + REVIEW_MONTHS));
    const classes = classify(products);
    const levels = levelsOf(products, classes, protection);
    const series = products.map(({ demand }) => demand);
    const calibration = calibrateBands(series, HORIZON);
    const when = { today: dayNumber(today)!, lead, calibration };
    const cells = products.map((product, index) =>
      rowOf(product, levels[index]!, classes.get(product.id)!, when),
    );
    const riskAt = TABLE.columns.findIndex(({ name }) => name === 'risk_next_month');
    cells.sort((a, b) => Number(b[riskAt]) - Number(a[riskAt]) || Number(a[0]) - Number(b[0]));
    const note =
      locale === 'fr'
        ? `Délai fournisseur mesuré : ${lead} jours ; le stock doit couvrir ${protection} mois.`
        : `Measured lead time: ${lead} days; stock must cover ${protection} months.`;
    const replay = replayPolicies(products, protection, locale);
    return {
      tables: [
        { ...TABLE, rows: cells },
        forecastBands(products, levels, { today, calibration }),
        ...replay.tables,
      ],
      notes: [note, ...replay.notes],
      model: null,
    };
  },
};
