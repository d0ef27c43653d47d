/** The rules about what is missing and what is there twice. */
import { say, type Label, type QualityRule, VALIDATED } from './quality-rule.ts';

const missing = (
  [table, column]: readonly [string, string],
  weight: number,
  label: Label,
  only = '1',
): QualityRule => ({
  name: `missing_${table.slice(4)}_${column}`,
  ...{ dimension: 'missing', table, column, weight, query: 'missing', values: { only }, label },
});

const OF_THE_FIRM = '(t.client > 0 OR t.fournisseur > 0)';
export const MISSING_RULES: readonly QualityRule[] = [
  missing(['llx_societe', 'nom'], 3, say('Tiers sans nom', 'Third party without a name')),
  missing(
    ['llx_societe', 'zip'],
    1,
    say('Tiers sans code postal', 'Third party without a postcode'),
    OF_THE_FIRM,
  ),
  missing(['llx_societe', 'town'], 1, say('Tiers sans ville', 'Third party without a town'), OF_THE_FIRM),
  {
    name: 'unreachable_societe',
    ...{ dimension: 'missing', table: 'llx_societe', column: '', weight: 2, query: 'no_contact' },
    values: { ways: 't.email, t.phone', only: OF_THE_FIRM },
    needs: ['email', 'phone'],
    label: say('Tiers sans mail ni téléphone', 'Third party with neither mail nor phone'),
  },
  missing(['llx_socpeople', 'lastname'], 2, say('Contact sans nom', 'Contact without a name')),
  missing(['llx_ticket', 'subject'], 2, say('Ticket sans objet', 'Ticket without a subject')),
  missing(['llx_projet', 'title'], 1, say('Projet sans titre', 'Project without a title')),
  missing(
    ['llx_projet', 'dateo'],
    1,
    say('Projet ouvert sans date de début', 'Open project without a start'),
    VALIDATED,
  ),
  missing(
    ['llx_projet', 'fk_soc'],
    1,
    say('Projet ouvert sans client', 'Open project without a customer'),
    VALIDATED,
  ),
  missing(['llx_product', 'label'], 2, say('Produit sans libellé', 'Product without a label')),
  missing(
    ['llx_product', 'price'],
    1,
    say('Produit en vente sans prix', 'Product on sale without a price'),
    't.tosell = 1',
  ),
  missing(['llx_fichinter', 'fk_soc'], 3, say('Intervention sans client', 'Intervention without a customer')),
  missing(['llx_facture', 'fk_soc'], 3, say('Facture sans client', 'Invoice without a customer')),
  missing(
    ['llx_facture', 'datef'],
    3,
    say('Facture validée sans date', 'Validated invoice without a date'),
    VALIDATED,
  ),
  missing(
    ['llx_facture', 'date_lim_reglement'],
    2,
    say('Facture validée sans échéance', 'Validated invoice without a due date'),
    `${VALIDATED} AND t.type = 0`,
  ),
  missing(['llx_element_time', 'fk_user'], 2, say('Temps passé sans personne', 'Time spent by nobody')),
];

const duplicate = (
  [table, column]: readonly [string, string],
  value: string,
  label: Label,
  within = 't.entity',
): QualityRule => ({
  name: `duplicate_${table.slice(4)}_${column}`,
  ...{
    dimension: 'duplicates',
    table,
    column,
    weight: 2,
    query: 'duplicate',
    values: { value, within },
    label,
  },
});

const plain = (column: string): string => `lowerUTF8(replaceRegexpAll(${column}, '[\\\\s.,''-]', ''))`;

export const DUPLICATE_RULES: readonly QualityRule[] = [
  duplicate(
    ['llx_societe', 'nom'],
    `if(t.nom = '', '', concat(${plain('t.nom')}, '|', t.zip))`,
    say('Même tiers (nom et code postal)', 'Same third party (name and postcode)'),
  ),
  duplicate(['llx_societe', 'siret'], plain('t.siret'), say('Même SIRET', 'Same SIRET')),
  duplicate(
    ['llx_socpeople', 'lastname'],
    `if(t.lastname = '' OR t.fk_soc = 0, '', concat(${plain('t.lastname')}, '|', ${plain('t.firstname')}, '|', toString(t.fk_soc)))`,
    say('Même contact du même tiers', 'Same contact of the same third party'),
  ),
  duplicate(
    ['llx_product', 'label'],
    plain('t.label'),
    say('Même libellé de produit', 'Same label of a product'),
  ),
  duplicate(
    ['llx_facture_fourn', 'ref_supplier'],
    `if(t.ref_supplier = '', '', concat(toString(t.fk_soc), '|', ${plain('t.ref_supplier')}))`,
    say('Facture fournisseur saisie deux fois', 'Supplier invoice entered twice'),
  ),
];
