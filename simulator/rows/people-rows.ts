/** Rows of users, customers and the people there. Times are wall readings (see wall-clock.ts). */
import type { City } from '../firm/names.ts';
import { sqlDate, sqlDateTime } from '../wall-clock.ts';
import type { Row } from '../sql-writer.ts';

/** Stands in llx_user's credential columns. It must appear nowhere downstream. */
export const SECRET_MARKER = 'SIMULATED-SECRET';

export interface UserFacts {
  readonly login: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly job: string;
  readonly admin: boolean;
  /** EUR per hour that an hour of this user costs. */
  readonly hourlyCost: number;
  readonly at: number;
}

export function userRow(user: UserFacts): Row {
  return {
    entity: user.admin ? 0 : 1,
    admin: user.admin ? 1 : 0,
    employee: 1,
    datec: sqlDateTime(user.at),
    login: user.login,
    pass_crypted: `$2y$10$${SECRET_MARKER}.${user.login}`,
    api_key: `${SECRET_MARKER}-api-${user.login}`,
    lastname: user.lastName,
    firstname: user.firstName,
    job: user.job,
    email: `${user.login}@bati-rhone.example`,
    office_phone: '',
    thm: user.hourlyCost,
    weeklyhours: 35,
    dateemployment: sqlDate(user.at),
    statut: 1,
  };
}

export interface CustomerFacts {
  readonly name: string;
  /** CU…; null for a prospect. */
  readonly code: string | null;
  readonly city: City;
  readonly street: string;
  readonly phone: string;
  readonly paymentTerm: number;
  readonly author: number;
  readonly at: number;
}

export function customerRow(customer: CustomerFacts): Row {
  const slug = customer.name
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase();
  return {
    nom: customer.name,
    entity: 1,
    status: 1,
    code_client: customer.code,
    address: customer.street,
    zip: customer.city.zip,
    town: customer.city.name,
    fk_departement: customer.city.department,
    fk_pays: 1,
    phone: customer.phone,
    email: `contact@${slug}.example`,
    client: customer.code === null ? 2 : 1,
    fournisseur: 0,
    cond_reglement: customer.paymentTerm,
    mode_reglement: 2,
    tva_assuj: 1,
    default_lang: 'fr_FR',
    datec: sqlDateTime(customer.at),
    fk_user_creat: customer.author,
  };
}

export function contactRow(contact: {
  readonly customerId: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string;
  readonly author: number;
  readonly at: number;
}): Row {
  return {
    datec: sqlDateTime(contact.at),
    fk_soc: contact.customerId,
    entity: 1,
    civility: 'MR',
    lastname: contact.lastName,
    firstname: contact.firstName,
    fk_pays: 1,
    poste: 'Gestionnaire',
    phone_mobile: contact.phone,
    socialnetworks: '[]',
    statut: 1,
    fk_user_creat: contact.author,
  };
}
