/** A warehouse with the tables of the business model, as its own files make them, and an invented firm in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openChdb } from '../../../adapters/chdb/open-chdb.ts';
import { packagePath } from '../../../app/paths.ts';
import type { Clock } from '../../../core/clock.ts';
import type { Warehouse } from '../../../core/ports/warehouse.ts';
import { ModelStore } from '../../../services/analytics/model-store.ts';
import type { AnalysesDeps } from '../../../services/analytics/run-analyses.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

export const DATABASE = 'firm';
export const NOW = Date.parse('2026-11-15T12:00:00Z');

const TABLES = [
  'dim_customer',
  'dim_product',
  'dim_technician',
  'fact_interventions',
  'fact_invoices',
  'fact_stock',
  'fact_supplier_orders',
  'fact_tickets',
  'stock_by_month',
  'stock_levels',
];

function createStatement(table: string): string {
  const text = readFileSync(packagePath('clickhouse', 'model', 'tables', `${table}.sql`), 'utf8');
  return text
    .slice(text.indexOf('CREATE TABLE'), text.indexOf(';', text.indexOf('SETTINGS')))
    .replace('{table}', `${DATABASE}.${table}`)
    .replace('{bookkeeping}', '_version UInt64 DEFAULT 1, _deleted UInt8 DEFAULT 0')
    .replace('{engine}', 'ReplacingMergeTree(_version, _deleted)')
    .replace('{settings}', 'index_granularity = 8192');
}

export class FirmWarehouse implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly warehouse: Warehouse;
  now = NOW;

  private constructor(folder: TemporaryFolder, warehouse: Warehouse) {
    this.#folder = folder;
    this.warehouse = warehouse;
  }

  static async open(): Promise<FirmWarehouse> {
    const folder = makeTemporaryFolder();
    const warehouse = await openChdb({ dir: join(folder.path, 'clickhouse') });
    await warehouse.command(`CREATE DATABASE ${DATABASE} ENGINE = Atomic`);
    return new FirmWarehouse(folder, warehouse);
  }

  async createTables(): Promise<void> {
    for (const table of TABLES) await this.warehouse.command(createStatement(table));
  }

  deps(models = 'models'): AnalysesDeps {
    const clock: Clock = { now: () => this.now };
    return {
      warehouse: this.warehouse,
      models: new ModelStore(join(this.#folder.path, models), clock),
      clock,
      options: {
        warehouseDatabase: DATABASE,
        queries: packagePath('clickhouse', 'analytics'),
        locale: 'en',
        timezone: 'Europe/Paris',
        seed: 42,
        modelRetentionDays: 90,
      },
    };
  }

  run(sql: string): Promise<void> {
    return this.warehouse.command(sql);
  }

  /** Two years of everything, figures derived from the row's number. The last intervention took far too long. */
  async fill(): Promise<void> {
    const into = (table: string, columns: string): string => `INSERT INTO ${DATABASE}.${table} (${columns}) `;
    const noise = (seed: number): string => `((cityHash64(number, ${seed}) % 1000) / 1000)`;
    await this.run(
      `${into('dim_customer', 'customer_id, name')} SELECT number + 1, concat('Customer ', toString(number + 1)) FROM numbers(40)`,
    );
    await this.run(
      `${into('dim_technician', 'technician_id, name')} SELECT number + 1, concat('Tech ', toString(number + 1)) FROM numbers(4)`,
    );
    await this.run(
      `${into('fact_interventions', 'intervention_id, ref, customer_id, technicians, is_done, is_draft, created_at, last_visit_on, estimated_hours, actual_hours, satisfaction, cost, kind, city')}
       SELECT number + 1, concat('FI', toString(number + 1)), 1 + number % 40, [1 + number % 4], 1, 0,
         toDateTime64('2024-11-20 08:00:00', 0, 'UTC') + number * 86400, toDate32('2024-11-20') + number, 4,
         if(number = 719, 60, 4 * exp(0.4 * (${noise(1)} - 0.3)) * if(number % 3 = 0, 1.5, 1)), 3 + number % 3, 200 + 50 * ${noise(2)},
         if(number % 3 = 0, 'plumbing', 'heating'), if(number % 2 = 0, 'Paris', 'Lyon')
       FROM numbers(720)`,
    );
    await this.run(
      `${into('fact_invoices', 'invoice_id, ref, customer_id, type, is_counted, invoiced_on, invoiced_month, total_ht')}
       SELECT number + 1, concat('FA', toString(number + 1)), 1 + number % 40, 0, 1, toDate32('2024-11-20') + number,
         toStartOfMonth(toDate32('2024-11-20') + number), if(number = 715, 90000, 500 * (1 + number % 40 % 5) * exp(0.3 * ${noise(3)}))
       FROM numbers(720)`,
    );
    await this.run(
      `${into('fact_tickets', 'ticket_id, ref, customer_id, created_at, created_month, satisfaction')}
       SELECT number + 1, concat('TK', toString(number + 1)), 1 + number % 10, toDateTime64('2024-11-20 08:00:00', 0, 'UTC') + number * 86400,
         toStartOfMonth(toDate('2024-11-20') + number), if(number % 10 = 3, 1, 5)
       FROM numbers(720)`,
    );
    await this.run(
      `${into('dim_product', 'product_id, ref, label, average_cost, desired_quantity, alert_quantity')}
       SELECT number + 1, concat('P', toString(number + 1)), concat('Product ', toString(number + 1)), 10 + number, 40, 20 FROM numbers(8)`,
    );
    await this.run(
      `${into('stock_by_month', 'product_id, month, quantity_out')}
       SELECT 1 + intDiv(number, 24), toStartOfMonth(toDate32('2024-11-01') + INTERVAL (number % 24) MONTH), if(number % 24 % (1 + intDiv(number, 24)) = 0, 5 + cityHash64(number) % 6, 0)
       FROM numbers(192)`,
    );
    await this.run(
      `${into('stock_levels', 'level_id, product_id, warehouse_id, quantity')} SELECT number + 1, number + 1, 1, number * 3 FROM numbers(8)`,
    );
    await this.run(
      `${into('fact_stock', 'product_id, movement_id, quantity, type, moved_on')}
       SELECT 1 + number % 8, number + 1, if(number = 290, -900, -1 - toInt32(cityHash64(number) % 5)), 2, toDate32('2026-01-20') + number FROM numbers(295)`,
    );
    await this.run(
      `${into('fact_supplier_orders', 'order_id, is_received, ordered_on, lead_days')} SELECT number + 1, 1, toDate32('2026-01-01') + number, 20 + number % 5 FROM numbers(12)`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.warehouse.close();
    this.#folder[Symbol.dispose]();
  }
}
