/** The report as one HTML file that loads nothing: to be kept, sent or printed. */
import { escapeHtml } from '../../../core/escape-html.ts';
import type { PartScore, QualityReport, RuleResult } from './measure-quality.ts';
import { type Locale, QUALITY_WORDS, type QualityWords } from './quality-words.ts';
import type { TrendPoint } from './quality-store.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.score { font-size: 3.5rem; font-weight: 700; line-height: 1; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.good { color: #17803d; } .fair { color: #a15c07; } .poor { color: #b42318; }
@media (prefers-color-scheme: dark) { .good { color: #4ade80; } .fair { color: #fbbf24; } .poor { color: #f87171; } }
@media print { body { margin: 0; max-width: none; } }`;

const gradeOf = (score: number | null): string =>
  score === null ? '' : score >= 95 ? 'good' : score >= 80 ? 'fair' : 'poor';

const figure = (value: number, words: QualityWords): string => value.toLocaleString(words.language);

const scoreText = (score: number | null, words: QualityWords): string =>
  score === null
    ? '–'
    : score.toLocaleString(words.language, { minimumFractionDigits: 1, maximumFractionDigits: 2 });

/** A line from the first to the last measurement, 0 to 100 over the height. */
function trendLine(points: readonly TrendPoint[], words: QualityWords): string {
  if (points.length < 2) return `<p>${words.noTrend}</p>`;
  const lowest = Math.min(...points.map(({ score }) => score));
  const floor = Math.max(0, Math.floor(lowest - 2));
  const place = ({ score }: TrendPoint, index: number): string => {
    const x = (index * 600) / (points.length - 1);
    const y = 110 - ((score - floor) / Math.max(1, 100 - floor)) * 100;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  const [first, last] = [points[0]!, points.at(-1)!];
  const label = `${first.runAt.slice(0, 10)}: ${first.score} → ${last.runAt.slice(0, 10)}: ${last.score}`;
  return (
    `<svg viewBox="-4 0 608 120" width="100%" height="140" role="img" aria-label="${escapeHtml(label)}">` +
    `<polyline fill="none" stroke="currentColor" stroke-width="2" points="${points.map(place).join(' ')}"/></svg>` +
    `<p>${escapeHtml(label)} (${floor}–100)</p>`
  );
}

function partTable(title: string, parts: readonly PartScore[], words: QualityWords): string {
  const name = ({ name: own }: PartScore): string =>
    words.dimensions[own as keyof QualityWords['dimensions']] ?? own;
  const rows = parts.map(
    (part) =>
      `<tr><td>${escapeHtml(name(part))}</td><td class="n ${gradeOf(part.score)}">${scoreText(part.score, words)}</td>` +
      `<td class="n">${figure(part.checked, words)}</td><td class="n">${figure(part.faulty, words)}</td></tr>`,
  );
  const head = `<tr><th>${words.part}</th><th class="n">${words.score}</th><th class="n">${words.checked}</th><th class="n">${words.faulty}</th></tr>`;
  return `<h2>${title}</h2><table>${head}${rows.join('\n')}</table>`;
}

function ruleRow(rule: RuleResult, words: QualityWords): string {
  const where = rule.column === '' ? rule.table : `${rule.table}.${rule.column}`;
  const records = rule.records.filter((record) => record > 0).join(', ');
  const more = rule.faulty > rule.records.length ? ' …' : '';
  return (
    `<tr><td>${escapeHtml(rule.label[words.locale])}<br><small>${escapeHtml(where)}</small></td>` +
    `<td class="n">${figure(rule.faulty, words)}</td><td class="n">${figure(rule.checked, words)}</td>` +
    `<td>${records}${more}</td></tr>`
  );
}

export function qualityPage(report: QualityReport, locale: Locale): string {
  const words = QUALITY_WORDS[locale];
  const wrong = report.rules.filter(({ faulty }) => faulty > 0);
  const scope = report.days === null ? words.allRows : words.lastDays(report.days);
  const faults =
    wrong.length === 0
      ? `<p>${words.nothing}</p>`
      : `<table><tr><th>${words.fault}</th><th class="n">${words.faulty}</th><th class="n">${words.checked}</th>` +
        `<th>${words.records}</th></tr>${wrong.map((rule) => ruleRow(rule, words)).join('\n')}</table>`;
  return `<!doctype html>
<html lang="${locale}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${words.title}</title>
<style>${STYLE}</style></head>
<body>
<h1>${words.title}</h1>
<p class="score ${gradeOf(report.score)}">${scoreText(report.score, words)}</p>
<p>${words.outOf}. ${scope}. ${escapeHtml(report.runAt.slice(0, 16).replace('T', ' '))} UTC.</p>
<h2>${words.trend}</h2>
${trendLine(report.trend, words)}
<h2>${words.found}</h2>
${faults}
${partTable(words.byKind, report.dimensions, words)}
${partTable(words.byTable, report.tables, words)}
${partTable(words.byColumn, report.columns, words)}
<p><small>${words.method}</small></p>
</body>
</html>
`;
}
