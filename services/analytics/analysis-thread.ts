/**
 * Computes an analysis in a thread of its own, so that events are read on while it works. This file is both sides:
 * the main thread starts a worker on this very module, and in the worker it answers.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { asDolistreamError, DolistreamError } from '../../core/errors.ts';
import { deferred } from '../../core/deferred.ts';
import type { AnalysisInput, AnalysisOutput } from './analysis.ts';
import { findAnalysis } from './analysis-registry.ts';

interface Order {
  readonly analysis: string;
  readonly input: AnalysisInput;
}

type Answer = { readonly output: AnalysisOutput } | { readonly failure: string };

const ORDER_MARK = 'dolistream-analysis';

/** From source the worker needs tsx to read this file; compiled, it reads it as it is. */
function startWorker(order: Order): Worker {
  const data = { workerData: { mark: ORDER_MARK, order } };
  const self = import.meta.url;
  if (!self.endsWith('.ts')) return new Worker(new URL(self), data);
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const begin = `import(${loader}).then((tsx) => { tsx.register(); return import(${JSON.stringify(self)}); })`;
  return new Worker(begin, { ...data, eval: true });
}

/** Rejects with the computation's failure as INTERNAL, or with the signal's reason. */
export async function computeInThread(
  analysis: string,
  input: AnalysisInput,
  signal: AbortSignal,
): Promise<AnalysisOutput> {
  signal.throwIfAborted();
  const worker = startWorker({ analysis, input });
  const { promise, resolve, reject } = deferred<Answer>();
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', () => reject(new DolistreamError('INTERNAL', `The thread of ${analysis} ended early`)));
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const answer = await promise;
    if ('output' in answer) return answer.output;
    throw new DolistreamError('INTERNAL', `The analysis ${analysis} failed: ${answer.failure}`);
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function answer({ analysis, input }: Order): Answer {
  try {
    return { output: findAnalysis(analysis).compute(input) };
  } catch (error) {
    return { failure: asDolistreamError(error, 'INTERNAL').message };
  }
}

const given = workerData as { mark?: unknown; order?: Order } | null;
if (!isMainThread && given?.mark === ORDER_MARK) parentPort!.postMessage(answer(given.order!));
