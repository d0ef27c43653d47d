/** The views and what is fixed: databases and the calendar. */
import type { Warehouse } from '../../core/ports/warehouse.ts';
import { type TemplateContext, expandTemplate } from './expand-template.ts';
import type { ModelView } from './model-files.ts';
import { quoteName, quoteTable, quoteText } from '../../core/clickhouse-sql.ts';

/** Statements with `{database}` open; each can be repeated. */
export async function createFixed(
  warehouse: Warehouse,
  statements: readonly string[],
  database: string,
): Promise<void> {
  for (const statement of statements) {
    await warehouse.command(statement.replaceAll('{database}', quoteName(database)));
  }
}

export interface ViewPlace {
  readonly context: TemplateContext;
  readonly database: string;
  /** IANA zone that `{today}` and `{timezone}` stand for. */
  readonly timezone: string;
}

/** Makes all views, each after those that it reads; `{today}`, `{timezone}` and `{database}` are filled in. */
export async function createViews(
  warehouse: Warehouse,
  views: readonly ModelView[],
  { context, database, timezone }: ViewPlace,
): Promise<void> {
  for (const view of views) {
    const named = views.reduce(
      (sql, { name }) => sql.replaceAll(`{${name}}`, quoteTable(database, name)),
      view.select,
    );
    const select = named
      .replaceAll('{today}', `toDate32(now(${quoteText(timezone)}))`)
      .replaceAll('{timezone}', quoteText(timezone))
      .replaceAll('{database}', quoteName(database));
    const sql = expandTemplate(select, context, { kind: 'all' });
    await warehouse.command(`CREATE OR REPLACE VIEW ${quoteTable(database, view.name)} AS\n${sql}`);
  }
}
