/** Each product's demand for the coming months, with the range that eight months in ten stay in: what a chart shows. */
import type { Cell, ResultTable } from '../analysis.ts';
import { monthNumber } from '../day-arithmetic.ts';
import { type BandCalibration, demandBand } from '../models/demand-bands.ts';
import type { ReorderLevel } from '../models/reorder-level.ts';

const COVERAGE = 0.8;

const TABLE: Omit<ResultTable, 'rows'> = {
  name: 'stock_forecast',
  columns: [
    { name: 'product_id', type: 'Int64' },
    { name: 'month', type: 'Date32', comment: 'the first is the one under way' },
    { name: 'expected', type: 'Float64' },
    { name: 'low', type: 'Float64', comment: 'eight months in ten are between low and high' },
    { name: 'high', type: 'Float64' },
    {
      name: 'probability',
      type: 'Float64',
      comment: 'share of such months between low and high; above 0.8 where whole units come no nearer',
    },
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
  { today, calibration }: { readonly today: string; readonly calibration: BandCalibration },
): ResultTable {
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  const rows = products.flatMap(({ id }, index) => {
    const level = levels[index]!;
    return level.forecast.months.map((expected, ahead): Cell[] => {
      const { low, high, probability } = demandBand(level, ahead, calibration, COVERAGE);
      return [id, monthAhead(today, ahead), round(expected), low, high, round(probability)];
    });
  });
  return { ...TABLE, rows };
}
