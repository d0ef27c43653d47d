/** Every scheduled analysis. Adding one is a folder beside the others and a line here. */
import { DolistreamError } from '../../core/errors.ts';
import type { Analysis } from './analysis.ts';
import { anomalyAnalysis } from './anomalies/anomalies.ts';
import { durationAnalysis } from './duration/duration.ts';
import { insightAnalysis } from './insights/insights.ts';
import { stockAnalysis } from './prediction/stock.ts';
import { segmentationAnalysis } from './segmentation/segmentation.ts';

export const ANALYSES: readonly Analysis[] = [
  anomalyAnalysis,
  segmentationAnalysis,
  stockAnalysis,
  durationAnalysis,
  insightAnalysis,
];

/** Throws CONFIG_INVALID when there is none of that name. */
export function findAnalysis(name: string): Analysis {
  const found = ANALYSES.find((analysis) => analysis.name === name);
  if (found) return found;
  throw new DolistreamError('CONFIG_INVALID', `There is no analysis "${name}"`, {
    fix: `Use one of: ${ANALYSES.map((analysis) => analysis.name).join(', ')}.`,
  });
}
