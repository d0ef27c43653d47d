/** The published methods by name, to compare with; the product itself chooses by demand class. */
import { DolistreamError } from '../../../core/errors.ts';
import { adida, crostonSba, seasonalNaive, type Series, smoothLevel, tsb } from './demand-methods.ts';
import { forecastEts } from './exponential-smoothing.ts';

type Forecast = (series: Series, horizon: number) => number[];

const flat =
  (level: (series: Series) => number): Forecast =>
  (series, horizon) => {
    const mean = level(series);
    return Array.from({ length: horizon }, () => mean);
  };

const METHODS: Readonly<Record<string, Forecast>> = {
  SES: flat((series) => smoothLevel(series, 0.1)),
  TSB: flat((series) => tsb(series)),
  ADIDA: flat(adida),
  CrostonSBA: flat((series) => crostonSba(series)),
  AutoETS: forecastEts,
  SeasonalNaive: seasonalNaive,
};

/** Throws CONFIG_INVALID when there is no method of that name. */
export function forecastByName(name: string, series: Series, horizon: number): number[] {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (method) return method(series, horizon);
  throw new DolistreamError('CONFIG_INVALID', `Forecast method "${name}" is not known`, {
    fix: `Use one of: ${Object.keys(METHODS).join(', ')}.`,
  });
}
