/** The rules about dates: their order, dates that cannot be, and how long a table has been silent. */
import { say, type Label, type QualityRule } from './quality-rule.ts';

const order = (
  table: string,
  [first, second]: readonly [string, string],
  label: Label,
  only = '1',
): QualityRule => ({
  name: `order_${table.slice(4)}_${second}`,
  ...{ dimension: 'consistency', table, column: second, weight: 2, query: 'wrong_order', label },
  values: { first, second, only },
  needs: [first],
});

const future = ([table, column]: readonly [string, string], label: Label): QualityRule => ({
  name: `future_${table.slice(4)}_${column}`,
  ...{ dimension: 'validity', table, column, weight: 2, query: 'future', label },
});

const stale = (table: string, days: number, label: Label): QualityRule => ({
  name: `stale_${table.slice(4)}`,
  ...{ dimension: 'freshness', table, column: 'tms', weight: 2, query: 'stale', label },
  values: { limit: String(days) },
});

export const DATED_RULES: readonly QualityRule[] = [
  order(
    'llx_projet',
    ['dateo', 'datee'],
    say('Projet fini avant d’avoir commencé', 'Project that ends before it begins'),
  ),
  order(
    'llx_ticket',
    ['datec', 'date_close'],
    say('Ticket clos avant sa création', 'Ticket closed before it was opened'),
    't.fk_statut = 8',
  ),
  order(
    'llx_fichinter',
    ['dateo', 'datee'],
    say('Intervention finie avant son début', 'Intervention that ends before it begins'),
  ),
  order(
    'llx_facture',
    ['datef', 'date_lim_reglement'],
    say('Échéance avant la date de facture', 'Invoice due before its date'),
    't.type = 0',
  ),
  order(
    'llx_propal',
    ['datep', 'fin_validite'],
    say('Devis expiré avant sa date', 'Quote that ends before its date'),
  ),
  order(
    'llx_commande',
    ['date_commande', 'date_livraison'],
    say('Livraison avant la commande', 'Delivery before the order'),
  ),
  order(
    'llx_commande_fournisseur',
    ['date_commande', 'date_livraison'],
    say('Livraison fournisseur avant la commande', 'Supplier delivery before the order'),
  ),
  order(
    'llx_contratdet',
    ['date_ouverture', 'date_fin_validite'],
    say('Contrat fini avant son début', 'Contract line that ends before it begins'),
  ),
  future(['llx_facture', 'datef'], say('Facture datée du futur', 'Invoice of the future')),
  future(['llx_element_time', 'element_date'], say('Temps passé daté du futur', 'Time spent in the future')),
  future(
    ['llx_stock_mouvement', 'datem'],
    say('Mouvement de stock daté du futur', 'Stock movement of the future'),
  ),
  future(['llx_paiement', 'datep'], say('Paiement daté du futur', 'Payment of the future')),
  stale('llx_ticket', 14, say('Aucun ticket modifié depuis 14 jours', 'No ticket changed in 14 days')),
  stale(
    'llx_fichinter',
    14,
    say('Aucune intervention modifiée depuis 14 jours', 'No intervention changed in 14 days'),
  ),
  stale('llx_facture', 45, say('Aucune facture modifiée depuis 45 jours', 'No invoice changed in 45 days')),
  stale(
    'llx_stock_mouvement',
    31,
    say('Aucun mouvement de stock depuis 31 jours', 'No stock movement in 31 days'),
  ),
];
