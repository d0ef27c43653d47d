/** The quality of the data for a terminal: the score, what it is made of, and what to correct first. */
import type { PartScore, QualityReport } from '../../services/model/quality/measure-quality.ts';
import { type Locale, QUALITY_WORDS } from '../../services/model/quality/quality-words.ts';
import { formatCount } from './progress.ts';

const RULES_SHOWN = 25;

const scoreText = (score: number | null): string => (score === null ? '-' : score.toFixed(1));

export function formatQuality(report: QualityReport, locale: Locale): readonly string[] {
  const words = QUALITY_WORDS[locale];
  const parts = (list: readonly PartScore[], nameOf: (name: string) => string): string[] =>
    list.map(({ name, score, faulty }) => {
      const wrong = faulty === 0 ? '' : `  ${formatCount(faulty)} ${words.faulty.toLowerCase()}`;
      return `  ${scoreText(score).padStart(5)}  ${nameOf(name)}${wrong}`;
    });
  const wrong = report.rules.filter(({ faulty }) => faulty > 0);
  const before = report.trend.at(-2);
  return [
    `${words.title}: ${scoreText(report.score)} / 100${before && report.days === null ? ` (${before.runAt.slice(0, 10)}: ${before.score.toFixed(1)})` : ''}`,
    '',
    words.byKind,
    ...parts(report.dimensions, (name) => words.dimensions[name as keyof typeof words.dimensions]),
    '',
    words.byTable,
    ...parts(report.tables, (name) => name),
    '',
    words.found,
    ...(wrong.length === 0 ? [`  ${words.nothing}`] : []),
    ...wrong.slice(0, RULES_SHOWN).map(({ faulty, label, table, column, records }) => {
      const where = column === '' ? table : `${table}.${column}`;
      const rowids = records.filter((record) => record > 0).slice(0, 5);
      return `  ${formatCount(faulty).padStart(7)}  ${label[locale]} (${where}${rowids.length === 0 ? '' : `: ${rowids.join(', ')}${faulty > rowids.length ? ', …' : ''}`})`;
    }),
    ...(wrong.length > RULES_SHOWN ? [`  … ${wrong.length - RULES_SHOWN}`] : []),
  ];
}
