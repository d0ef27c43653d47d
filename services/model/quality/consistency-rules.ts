/** The rules about rows that contradict each other: links into nothing, totals against lines, stock against movements. */
import { say, type Label, type QualityRule, VALIDATED } from './quality-rule.ts';

const orphan = (
  [table, column]: readonly [string, string],
  parent: string,
  label: Label,
  only = '1',
): QualityRule => ({
  name: `orphan_${table.slice(4)}_${column}`,
  ...{ dimension: 'consistency', table, column, weight: 3, query: 'orphan', label },
  values: { parent: `{${parent}}`, only },
});

const totals = (table: string, [lines, link]: readonly [string, string], label: Label): QualityRule => ({
  name: `totals_${table.slice(4)}`,
  ...{ dimension: 'consistency', table, column: 'total_ht', weight: 3, query: 'totals', label },
  values: { lines: `{${lines}}`, link, only: VALIDATED },
});

const withTax = (table: string, label: Label): QualityRule => ({
  name: `total_with_tax_${table.slice(4)}`,
  ...{ dimension: 'consistency', table, column: 'total_ttc', weight: 2, query: 'total_with_tax', label },
  values: { only: VALIDATED },
  needs: ['total_ht', 'total_tva'],
});

export const CONSISTENCY_RULES: readonly QualityRule[] = [
  orphan(
    ['llx_socpeople', 'fk_soc'],
    'llx_societe',
    say('Contact d’un tiers disparu', 'Contact of a third party that is gone'),
  ),
  orphan(
    ['llx_projet', 'fk_soc'],
    'llx_societe',
    say('Projet d’un tiers disparu', 'Project of a customer that is gone'),
  ),
  orphan(
    ['llx_projet_task', 'fk_projet'],
    'llx_projet',
    say('Tâche d’un projet disparu', 'Task of a project that is gone'),
  ),
  orphan(
    ['llx_element_time', 'fk_element'],
    'llx_projet_task',
    say('Temps passé sur une tâche disparue', 'Time spent on a task that is gone'),
    "t.elementtype = 'task'",
  ),
  orphan(
    ['llx_ticket', 'fk_soc'],
    'llx_societe',
    say('Ticket d’un tiers disparu', 'Ticket of a customer that is gone'),
  ),
  orphan(
    ['llx_ticket', 'fk_project'],
    'llx_projet',
    say('Ticket d’un projet disparu', 'Ticket of a project that is gone'),
  ),
  orphan(
    ['llx_fichinter', 'fk_soc'],
    'llx_societe',
    say('Intervention chez un tiers disparu', 'Intervention for a customer that is gone'),
  ),
  orphan(
    ['llx_fichinter', 'fk_projet'],
    'llx_projet',
    say('Intervention d’un projet disparu', 'Intervention of a project that is gone'),
  ),
  orphan(
    ['llx_fichinterdet', 'fk_fichinter'],
    'llx_fichinter',
    say('Ligne d’une intervention disparue', 'Line of an intervention that is gone'),
  ),
  orphan(
    ['llx_facture', 'fk_soc'],
    'llx_societe',
    say('Facture d’un tiers disparu', 'Invoice of a customer that is gone'),
  ),
  orphan(
    ['llx_facturedet', 'fk_facture'],
    'llx_facture',
    say('Ligne d’une facture disparue', 'Line of an invoice that is gone'),
  ),
  orphan(
    ['llx_commandedet', 'fk_commande'],
    'llx_commande',
    say('Ligne d’une commande disparue', 'Line of an order that is gone'),
  ),
  orphan(
    ['llx_paiement_facture', 'fk_facture'],
    'llx_facture',
    say('Paiement d’une facture disparue', 'Payment of an invoice that is gone'),
  ),
  orphan(
    ['llx_stock_mouvement', 'fk_product'],
    'llx_product',
    say('Mouvement d’un produit disparu', 'Movement of a product that is gone'),
  ),
  orphan(
    ['llx_stock_mouvement', 'fk_entrepot'],
    'llx_entrepot',
    say('Mouvement d’un entrepôt disparu', 'Movement in a warehouse that is gone'),
  ),
  orphan(
    ['llx_contratdet', 'fk_contrat'],
    'llx_contrat',
    say('Ligne d’un contrat disparu', 'Line of a contract that is gone'),
  ),
  totals(
    'llx_facture',
    ['llx_facturedet', 'fk_facture'],
    say('Total de facture ≠ lignes', 'Invoice total ≠ lines'),
  ),
  totals(
    'llx_commande',
    ['llx_commandedet', 'fk_commande'],
    say('Total de commande ≠ lignes', 'Order total ≠ lines'),
  ),
  totals('llx_propal', ['llx_propaldet', 'fk_propal'], say('Total de devis ≠ lignes', 'Quote total ≠ lines')),
  withTax('llx_facture', say('Facture : TTC ≠ HT + TVA', 'Invoice: with tax ≠ without + tax')),
  withTax(
    'llx_facture_fourn',
    say('Facture fournisseur : TTC ≠ HT + TVA', 'Supplier invoice: with tax ≠ without + tax'),
  ),
  {
    name: 'paid_short_facture',
    ...{ dimension: 'consistency', table: 'llx_facture', column: 'paye', weight: 2, query: 'paid_short' },
    needs: ['close_code', 'type'],
    label: say('Facture « payée » dont il manque des paiements', 'Invoice marked as paid that is not'),
  },
  {
    name: 'stock_by_warehouse',
    ...{
      dimension: 'consistency',
      table: 'llx_product',
      column: 'stock',
      weight: 2,
      query: 'stock_by_warehouse',
    },
    label: say('Stock du produit ≠ entrepôts', 'Stock of a product ≠ its warehouses'),
  },
  {
    name: 'stock_by_movements',
    ...{
      dimension: 'consistency',
      table: 'llx_product_stock',
      column: 'reel',
      weight: 2,
      query: 'stock_by_movements',
    },
    label: say('Stock en entrepôt ≠ mouvements', 'Stock in a warehouse ≠ movements'),
  },
];
