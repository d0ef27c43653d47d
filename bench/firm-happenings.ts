/** What happened in a simulated firm, in the order of time, as the judges of analytics take it. */
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { ExitRow, InvoiceRow } from '../services/analytics/live/document-changes.ts';
import type { InterventionFacts } from '../services/analytics/model.ts';
import type { RowChange } from '../services/analytics/row-changes.ts';
import { GROUND_TRUTH_DATABASE } from '../simulator/create-dolibarr.ts';

interface Moment {
  /** Milliseconds since epoch. */
  readonly at: number;
  /** What it is about: rule or kind, and row. */
  readonly about: string;
}

export type Happening =
  | (Moment & { readonly kind: 'intervention'; readonly change: RowChange<InterventionFacts> })
  | (Moment & { readonly kind: 'invoice'; readonly change: RowChange<InvoiceRow> })
  | (Moment & { readonly kind: 'exit'; readonly change: RowChange<ExitRow> });

const created = <Row>(after: Row, at: number): RowChange<Row> => ({
  ...{ op: 'c', before: null, after, seq: 0, committedAt: at },
});
const positive = (value: unknown): number | null => (Number(value) > 0 ? Number(value) : null);

async function readJobs(connection: Connection): Promise<Happening[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT e.fk_object, e.type_intervention, e.ville, e.duree_estimee, e.duree_reelle, e.satisfaction, e.cout,
            UNIX_TIMESTAMP(i.datei) * 1000 AS at_ms
     FROM llx_fichinter_extrafields e JOIN llx_fichinter i ON i.rowid = e.fk_object
     WHERE e.duree_reelle > 0 ORDER BY i.datei, e.fk_object`,
  );
  return rows.map((row) => {
    const facts: InterventionFacts = {
      intervention: Number(row['fk_object']),
      type: (row['type_intervention'] as string | null) ?? null,
      city: (row['ville'] as string | null) ?? null,
      estimatedHours: positive(row['duree_estimee']),
      actualHours: positive(row['duree_reelle']),
      satisfaction: positive(row['satisfaction']),
      cost: positive(row['cout']),
    };
    const at = Number(row['at_ms']);
    const about = `intervention ${facts.intervention}`;
    return { kind: 'intervention', at, about, change: created(facts, at) };
  });
}

async function readInvoices(connection: Connection): Promise<Happening[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT rowid, ref, fk_soc, total_ht, UNIX_TIMESTAMP(datef) * 1000 AS at_ms FROM llx_facture
     WHERE fk_statut IN (1, 2) AND type IN (0, 1) AND total_ht > 0 ORDER BY datef, rowid`,
  );
  return rows.map((row) => {
    const invoice: InvoiceRow = {
      ...{ invoice: Number(row['rowid']), ref: String(row['ref']), entity: 1, counts: true },
      ...{ customer: Number(row['fk_soc']), amount: Number(row['total_ht']) },
    };
    const at = Number(row['at_ms']);
    return { kind: 'invoice', at, about: `invoice_amount ${invoice.invoice}`, change: created(invoice, at) };
  });
}

async function readExits(connection: Connection): Promise<Happening[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT rowid, fk_product, -value AS quantity, UNIX_TIMESTAMP(datem) * 1000 AS at_ms FROM llx_stock_mouvement
     WHERE (type_mouvement = 2 OR type_mouvement = 1 AND fk_project > 0) AND value < 0 ORDER BY datem, rowid`,
  );
  return rows.map((row) => {
    const [movement, product] = [Number(row['rowid']), Number(row['fk_product'])];
    const at = Number(row['at_ms']);
    const change = created({ movement, product, quantity: Number(row['quantity']) }, at);
    return { kind: 'exit', at, about: `stock_exit ${movement}`, change };
  });
}

/** In the order of time. */
export async function readHappenings(connection: Connection): Promise<Happening[]> {
  const all = [
    ...(await readJobs(connection)),
    ...(await readInvoices(connection)),
    ...(await readExits(connection)),
  ];
  return all.sort((a, b) => a.at - b.at);
}

/** The interventions that the simulator made abnormal. */
export async function readTruth(connection: Connection): Promise<{ id: number; kind: string }[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT subject_id, kind FROM ${GROUND_TRUTH_DATABASE}.anomaly WHERE dolibarr = DATABASE()`,
  );
  return rows.map((row) => ({ id: Number(row['subject_id']), kind: String(row['kind']) }));
}
