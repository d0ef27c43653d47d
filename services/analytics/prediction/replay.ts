/**
 * What would have been? The firm's own last months are replayed: before each month the stock is filled up to a level,
 * once to the levels of today's settings in Dolibarr, once to the levels this analysis would have given then.
 */
import type { Locale } from '../explanation.ts';
import type { ResultTable } from '../analysis.ts';
import { reorderLevels } from '../models/reorder-level.ts';
import type { StockProduct } from './stock.ts';

/** Points in time replayed, and months before the first. */
const ORIGINS = 6;
const MIN_HISTORY = 12;
const SERVICE = 0.95;

interface Tally {
  stock: number;
  demand: number;
  missed: number;
  windows: number;
  covered: number;
}

const emptyTally = (): Tally => ({ stock: 0, demand: 0, missed: 0, windows: 0, covered: 0 });

function note(tally: Tally, level: number, demand: number, cost: number): void {
  tally.stock += level * cost;
  tally.demand += demand * cost;
  tally.missed += Math.max(0, demand - level) * cost;
  tally.windows++;
  if (demand <= level) tally.covered++;
}

const fillOf = (tally: Tally): number => (tally.demand === 0 ? 1 : 1 - tally.missed / tally.demand);
const serviceOf = (tally: Tally): number => (tally.windows === 0 ? 1 : tally.covered / tally.windows);

/** Only products with a level set in Dolibarr are compared. */
export function replayPolicies(
  products: readonly StockProduct[],
  protection: number,
  locale: Locale,
): { tables: ResultTable[]; notes: string[] } {
  const compared = products.filter(({ alertLevel, desiredLevel }) => (desiredLevel ?? alertLevel ?? 0) > 0);
  const months = compared[0]?.demand.length ?? 0;
  const origins = Math.min(ORIGINS, months - protection - MIN_HISTORY + 1);
  if (origins < 1) return { tables: [], notes: [] };
  const settings = emptyTally();
  const levels = emptyTally();
  for (let back = 0; back < origins; back++) {
    const origin = months - protection - back;
    const answers = reorderLevels(
      compared.map(({ demand }) => demand.slice(0, origin)),
      { protection, service: SERVICE },
    );
    compared.forEach((product, index) => {
      const demand = product.demand.slice(origin, origin + protection).reduce((sum, each) => sum + each, 0);
      const cost = product.cost || 1;
      const set = Math.max(product.desiredLevel ?? 0, product.alertLevel ?? 0);
      note(settings, set, demand, cost);
      note(levels, answers[index]!.level, demand, cost);
    });
  }
  return { tables: [tableOf(settings, levels, origins)], notes: [sentence(settings, levels, locale)] };
}

function tableOf(settings: Tally, levels: Tally, origins: number): ResultTable {
  const row = (policy: string, tally: Tally): (string | number)[] => [
    ...[policy, tally.windows, tally.stock / origins, fillOf(tally), serviceOf(tally)],
  ];
  return {
    name: 'stock_replay',
    columns: [
      { name: 'policy', type: 'String', comment: 'settings: as in Dolibarr; levels: of this analysis' },
      { name: 'windows', type: 'Int64' },
      { name: 'stock_value', type: 'Float64', comment: 'EUR at cost, mean over the replayed months' },
      { name: 'fill_rate', type: 'Float64', comment: 'share of demand served, at cost' },
      { name: 'cycle_service', type: 'Float64', comment: 'share of windows without a stock-out' },
    ],
    rows: [row('settings', settings), row('levels', levels)],
  };
}

function sentence(settings: Tally, levels: Tally, locale: Locale): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const change = settings.stock === 0 ? 0 : levels.stock / settings.stock - 1;
  const [now, then] = [percent(fillOf(settings)), percent(fillOf(levels))];
  const more = change > 0;
  const size = percent(Math.abs(change));
  return locale === 'fr'
    ? `Rejoué sur votre historique : ${then} de la demande servie contre ${now}, avec ${size} de stock ${more ? 'en plus' : 'en moins'}.`
    : `Replayed on your own history: ${then} of demand served against ${now}, with ${size} ${more ? 'more' : 'less'} stock.`;
}
