/** Each product's demand for the coming months, with the range that eight months in ten stay in: what a chart shows. */
import type { Cell, ResultTable } from '../analysis.ts';
import { monthNumber } from '../day-arithmetic.ts';
import { countQuantile } from '../models/negative-binomial.ts';
import type { ReorderLevel } from '../models/reorder-level.ts';

const LOW = 0.1;
const HIGH = 0.9;

const TABLE: Omit<ResultTable, 'rows'> = {
  name: 'stock_forecast',
  columns: [
    { name: 'product_id', type: 'Int64' },
    { name: 'month', type: 'Date32', comment: 'the first is the one under way' },
    { name: 'expected', type: 'Float64' },
    { name: 'low', type: 'Float64', comment: 'demand is above with probability 0.9' },
    { name: 'high', type: 'Float64', comment: 'demand is at or below with probability 0.9' },
  ],
};

/** First day of the month that comes `ahead` months after that of `today` (`YYYY-MM-DD`). */
function monthAhead(today: string, ahead: number): string {
  const month = monthNumber(today) + ahead;
  return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;
}

/** `levels` in the order of `products`. */
export function forecastBands(
  products: readonly { readonly id: number }[],
  levels: readonly ReorderLevel[],
  today: string,
): ResultTable {
  const rows = products.flatMap(({ id }, index) => {
    const { forecast, ratio } = levels[index]!;
    return forecast.months.map((expected, ahead): Cell[] => [
      ...[id, monthAhead(today, ahead), Math.round(expected * 1000) / 1000],
      ...[countQuantile(LOW, expected, ratio), countQuantile(HIGH, expected, ratio)],
    ]);
  });
  return { ...TABLE, rows };
}
