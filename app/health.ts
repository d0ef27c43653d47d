/** What load balancers, systemd and people ask first: is it alive, is it doing its work. */
import type { HealthReport } from '../services/monitor/operation-routes.ts';
import type { SupervisedStage } from './supervisor.ts';

/**
 * Alive until a stage has failed for good; ready while every stage runs and capture follows the stream. A process
 * without capture has no phase.
 */
export function healthOf(stages: readonly SupervisedStage[], capturePhase: string | null): HealthReport {
  const running = stages.every((stage) => stage.state === 'running');
  const checks = stages.map(({ name, state, error }) => {
    const status = state === 'running' ? 'pass' : state === 'failed' ? 'fail' : 'warn';
    return [name, { status, state, ...(error === null ? {} : { output: error }) }] as const;
  });
  return {
    live: stages.every((stage) => stage.state !== 'failed'),
    ready: running && (capturePhase === null || capturePhase === 'streaming'),
    checks: {
      ...Object.fromEntries(checks),
      ...(capturePhase === null ? {} : { 'capture:phase': { status: 'pass', observedValue: capturePhase } }),
    },
  };
}
