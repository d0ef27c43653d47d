import { openClickhouse } from '../../../adapters/clickhouse/open-clickhouse.ts';
import { describeWarehouse } from '../../contracts/warehouse-contract.ts';
import { ClickhouseServer } from '../../support/clickhouse-server.ts';
import { silentLogger } from '../../support/loading.ts';

describeWarehouse('ClickHouse over HTTP', async () => {
  const server = await ClickhouseServer.start();
  const { url, user, password } = server;
  const warehouse = await openClickhouse({ url, user, password, logger: silentLogger });
  return {
    warehouse,
    dispose: async () => {
      await warehouse.close();
      await server[Symbol.asyncDispose]();
    },
  };
});
