import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packagePath } from '../../../app/paths.ts';
import { DolistreamError } from '../../../core/errors.ts';
import { createModelService, type ModelDependencies } from '../../../services/model/model-service.ts';

void test('an engine that fails before the model has seen the mirror is what is reported, not the model’s own confusion', async () => {
  const failure = new DolistreamError('WAREHOUSE_FAILED', 'ClickHouse error 999: no keeper');
  const dependencies: Partial<ModelDependencies> = {
    log: { getState: () => Promise.resolve(null) } as unknown as ModelDependencies['log'],
    warehouse: { command: () => Promise.reject(failure) } as unknown as ModelDependencies['warehouse'],
    options: {
      ...{ prefix: 'dolibarr', sourceDatabase: 'dolibarr', warehouseDatabase: 'warehouse' },
      timezone: 'Europe/Paris',
      files: { folder: packagePath('clickhouse'), mapping: null, tablePrefix: 'llx_' },
    },
  };
  const model = createModelService(dependencies as ModelDependencies);
  await assert.rejects(model.run(new AbortController().signal), failure);
  // Between two attempts nobody would ever tell who asks that it is done.
  await assert.rejects(model.rebuild(), { code: 'NOT_RUNNING', retryable: true });
});
