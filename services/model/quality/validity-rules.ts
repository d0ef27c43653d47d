/** The rules about values that cannot be right by themselves. */
import { say, type Label, type QualityRule } from './quality-rule.ts';

const invalid = (
  [table, column]: readonly [string, string],
  query: string,
  label: Label,
  values: Readonly<Record<string, string>> = {},
): QualityRule => ({
  name: `invalid_${table.slice(4)}_${column}`,
  ...{ dimension: 'validity', table, column, weight: 1, query, values, label },
});

const range = (
  [table, column]: readonly [string, string],
  wrong: string,
  label: Label,
  only = '1',
): QualityRule => ({
  name: `range_${table.slice(4)}_${column}`,
  ...{
    dimension: 'validity',
    table,
    column,
    weight: 2,
    query: 'out_of_range',
    values: { wrong, only },
    label,
  },
});

export const VALIDITY_RULES: readonly QualityRule[] = [
  invalid(
    ['llx_societe', 'email'],
    'invalid_email',
    say('Mail de tiers invalide', 'Invalid mail of a third party'),
  ),
  invalid(
    ['llx_socpeople', 'email'],
    'invalid_email',
    say('Mail de contact invalide', 'Invalid mail of a contact'),
  ),
  invalid(
    ['llx_user', 'email'],
    'invalid_email',
    say('Mail d’utilisateur invalide', 'Invalid mail of a user'),
  ),
  invalid(
    ['llx_societe', 'phone'],
    'invalid_phone',
    say('Téléphone de tiers invalide', 'Invalid phone of a third party'),
  ),
  invalid(
    ['llx_socpeople', 'phone_mobile'],
    'invalid_phone',
    say('Portable de contact invalide', 'Invalid mobile of a contact'),
  ),
  invalid(['llx_societe', 'zip'], 'invalid_postcode', say('Code postal invalide', 'Invalid postcode')),
  invalid(['llx_societe', 'siren'], 'invalid_company_number', say('SIREN invalide', 'Invalid SIREN'), {
    digits: '9',
  }),
  invalid(['llx_societe', 'siret'], 'invalid_company_number', say('SIRET invalide', 'Invalid SIRET'), {
    digits: '14',
  }),
  invalid(
    ['llx_societe', 'tva_intra'],
    'invalid_vat_number',
    say('N° de TVA invalide', 'Invalid VAT number'),
  ),
  range(
    ['llx_element_time', 'element_duration'],
    't.element_duration <= 0 OR t.element_duration > 86400',
    say('Temps passé nul, négatif ou de plus d’un jour', 'Time spent of nothing, less, or more than a day'),
  ),
  range(
    ['llx_fichinterdet', 'duree'],
    't.duree < 0 OR t.duree > 604800',
    say('Durée d’intervention impossible', 'Impossible duration of an intervention'),
  ),
  range(['llx_product', 'price'], 't.price < 0', say('Prix négatif', 'Negative price')),
  range(
    ['llx_product', 'stock'],
    't.stock < 0',
    say('Stock négatif', 'Negative stock'),
    't.fk_product_type = 0',
  ),
  range(
    ['llx_facturedet', 'tva_tx'],
    'round(t.tva_tx, 2) NOT IN (0, 0.9, 1.05, 1.75, 2.1, 5.5, 7, 8.5, 10, 13, 19.6, 20)',
    say('Taux de TVA inconnu en France', 'VAT rate unknown in France'),
  ),
];
