/** The business model where several processes load: it runs in the one that has the first shard. */
import type { ChangeLog } from '../core/ports/change-log.ts';
import type { ModelService } from '../services/model/model-service.ts';
import { modelStopped } from '../services/model/model-state.ts';
import type { LoaderShards } from './loader-shards.ts';
import type { OpenWriter } from './stores.ts';

export interface FollowingModelDependencies {
  readonly loaders: LoaderShards;
  readonly openWriter: OpenWriter;
  readonly create: (log: ChangeLog) => ModelService;
}

export function createFollowingModel({
  loaders,
  openWriter,
  create,
}: FollowingModelDependencies): ModelService {
  let here: ModelService | null = null;
  const runHere = async (signal: AbortSignal): Promise<void> => {
    const { log, close } = await openWriter('model');
    try {
      here = create(log);
      await here.run(signal);
    } finally {
      here = null;
      await close();
    }
  };
  return {
    name: 'model',
    run: (signal) => loaders.whileFirst(signal, runHere),
    position: () => here?.position() ?? null,
    mirrorMoved: () => here?.mirrorMoved(),
    rebuild: () => here?.rebuild() ?? Promise.reject(modelStopped()),
  };
}
