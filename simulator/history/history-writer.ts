/** Collects the rows of the past and writes them in large inserts, with ids given out here and dates in the past. */
import type { Connection } from 'mysql2/promise';
import { GROUND_TRUTH_DATABASE } from '../create-dolibarr.ts';
import { insertRows, type Row } from '../sql-writer.ts';
import { sqlDateTime, type WallClock } from '../wall-clock.ts';

/** Parents before children, because of the foreign keys. */
const TABLE_ORDER = [
  'llx_user',
  'llx_usergroup',
  'llx_usergroup_user',
  'llx_categorie',
  'llx_societe',
  'llx_societe_extrafields',
  'llx_socpeople',
  'llx_categorie_societe',
  'llx_entrepot',
  'llx_product',
  'llx_product_stock',
  'llx_stock_mouvement',
  'llx_projet',
  'llx_projet_extrafields',
  'llx_projet_task',
  'llx_element_contact',
  'llx_element_time',
  'llx_ticket',
  'llx_ticket_extrafields',
  'llx_fichinter',
  'llx_fichinterdet',
  'llx_fichinter_extrafields',
  'llx_propal',
  'llx_propaldet',
  'llx_commande',
  'llx_commandedet',
  'llx_element_element',
  'llx_facture',
  'llx_facturedet',
  'llx_paiement',
  'llx_paiement_facture',
  'llx_commande_fournisseur',
  'llx_commande_fournisseurdet',
  'llx_receptiondet_batch',
  'llx_facture_fourn',
  'llx_paiementfourn',
  'llx_paiementfourn_facturefourn',
  'llx_bank_account',
  'llx_bank',
  'llx_contrat',
  'llx_contratdet',
  'llx_actioncomm',
  'llx_actioncomm_resources',
] as const;

export type HistoryTable = (typeof TABLE_ORDER)[number];

/** Tables without a `tms` column. */
const WITHOUT_TMS: ReadonlySet<string> = new Set([
  'llx_usergroup_user',
  'llx_categorie_societe',
  'llx_element_contact',
  'llx_fichinterdet',
  'llx_propaldet',
  'llx_commandedet',
  'llx_element_element',
  'llx_facturedet',
  'llx_paiement_facture',
  'llx_commande_fournisseurdet',
  'llx_paiementfourn_facturefourn',
  'llx_actioncomm_resources',
]);

const ROWS_PER_INSERT = 400;

export interface GroundTruth {
  readonly kind: string;
  readonly table: string;
  readonly id: number;
  readonly ref: string;
  /** Wall reading. */
  readonly at: number;
  readonly details: object;
}

export interface HistoryWriter {
  /** Keeps a row for the next flush and returns its id; `at` is the wall reading of its last change. */
  add(table: HistoryTable, at: number, row: Row): number;
  addTruth(truth: GroundTruth): void;
  /** Writes what was kept, in one transaction. */
  flush(): Promise<void>;
  readonly counts: Readonly<Record<string, number>>;
}

const idColumn = (table: HistoryTable): string | undefined =>
  table === 'llx_categorie_societe' ? undefined : table === 'llx_actioncomm' ? 'id' : 'rowid';

export function createHistoryWriter(
  connection: Connection,
  clock: WallClock,
  dolibarr: string,
): HistoryWriter {
  const waiting = new Map<HistoryTable, Row[]>();
  const counts: Record<string, number> = {};
  let truths: Row[] = [];
  const utc = (wall: number): string => sqlDateTime(clock.toInstant(wall));
  return {
    counts,
    add: (table, at, row) => {
      const id = (counts[table] ?? 0) + 1;
      counts[table] = id;
      const column = idColumn(table);
      const key: Row = column === undefined ? {} : { [column]: id };
      const stamp: Row = WITHOUT_TMS.has(table) ? {} : { tms: utc(at) };
      const rows = waiting.get(table) ?? [];
      rows.push({ ...key, ...row, ...stamp });
      waiting.set(table, rows);
      return id;
    },
    addTruth: ({ kind, table, id, ref, at, details }) => {
      const subject = { subject_table: table, subject_id: id, subject_ref: ref, at: utc(at) };
      truths.push({ dolibarr, kind, ...subject, phase: 'history', details: JSON.stringify(details) });
    },
    flush: async () => {
      await connection.query('BEGIN');
      for (const table of TABLE_ORDER) {
        const rows = waiting.get(table) ?? [];
        for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
          await connection.query(insertRows(table, rows.slice(from, from + ROWS_PER_INSERT)));
        }
      }
      if (truths.length > 0) {
        await connection.query(insertRows(`${GROUND_TRUTH_DATABASE}.anomaly`, truths));
      }
      await connection.query('COMMIT');
      waiting.clear();
      truths = [];
    },
  };
}
