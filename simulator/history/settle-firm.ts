/** The firm on its first day: people, crews, warehouses, goods and customers. */
import type { Crew, Customer, Firm, Product } from '../firm/firm.ts';
import {
  CITIES,
  crewSpeed,
  CUSTOMER_KINDS,
  CUSTOMER_NAMES,
  FIRST_NAMES,
  LAST_NAMES,
  PRODUCTS,
} from '../firm/names.ts';
import type { Random } from '../random.ts';
import { contactRow, customerRow, userRow } from '../rows/people-rows.ts';
import { productRow } from '../rows/stock-rows.ts';
import { sqlDateTime } from '../wall-clock.ts';
import type { Book } from './book.ts';

const TECHNICIANS_PER_CREW = 2;

const phone = (random: Random): string =>
  `04 ${Array.from({ length: 4 }, () => random.int(10, 99)).join(' ')}`;

/** `m.benali`, without accents or apostrophes. */
function loginOf(firstName: string, lastName: string, number: number): string {
  const plain = (text: string) => text.normalize('NFD').replace(/[^A-Za-z]/g, '');
  return `${plain(firstName).slice(0, 1)}.${plain(lastName)}${number}`.toLowerCase();
}

function hire({ random, writer }: Book, job: string, at: number): { id: number; hourlyCost: number } {
  const firstName = random.pick(FIRST_NAMES);
  const lastName = random.pick(LAST_NAMES);
  const number = (writer.counts['llx_user'] ?? 0) + 1;
  const hourlyCost = Math.round(random.normal(job === 'Technicien' ? 31 : 38, 3) * 100) / 100;
  const login = number === 1 ? 'admin' : loginOf(firstName, lastName, number);
  const facts = { login, firstName, lastName, job, admin: number === 1, hourlyCost, at };
  return { id: writer.add('llx_user', at, userRow(facts)), hourlyCost };
}

function formCrew(book: Book, index: number, at: number): Crew {
  const technicians = Array.from({ length: TECHNICIANS_PER_CREW }, () => hire(book, 'Technicien', at));
  const group = book.writer.add('llx_usergroup', at, {
    nom: `Equipe ${index + 1}`,
    entity: 1,
    datec: sqlDateTime(at),
    note: '',
  });
  for (const { id } of technicians) {
    book.writer.add('llx_usergroup_user', at, { entity: 1, fk_user: id, fk_usergroup: group });
  }
  return { speed: crewSpeed(index), technicians };
}

/** A customer, its tag, and one or two people there. */
export function acquireCustomer(book: Book, author: number, at: number): Customer {
  const { random, writer } = book;
  const city = random.weighted(CITIES);
  const number = (writer.counts['llx_societe'] ?? 0) + 1;
  const name = `${random.weighted(CUSTOMER_KINDS).prefix} ${random.pick(CUSTOMER_NAMES)} ${number}`;
  const paymentDays = random.pick([15, 30, 30, 30, 45, 60]);
  const facts = {
    name,
    code: `CU${String(number).padStart(5, '0')}`,
    city,
    street: `${random.int(1, 180)} rue ${random.pick(CUSTOMER_NAMES)}`,
    phone: phone(random),
    paymentTerm: paymentDays > 30 ? 3 : 2,
    author,
    at,
  };
  const id = writer.add('llx_societe', at, customerRow(facts));
  writer.add('llx_societe_extrafields', at, { fk_object: id });
  writer.add('llx_categorie_societe', at, { fk_categorie: random.int(1, 3), fk_soc: id });
  for (let count = random.int(1, 2); count > 0; count -= 1) {
    const person = {
      firstName: random.pick(FIRST_NAMES),
      lastName: random.pick(LAST_NAMES),
      phone: phone(random),
    };
    writer.add('llx_socpeople', at, contactRow({ customerId: id, ...person, author, at }));
  }
  // A few customers bring most of the business.
  return { id, name, city, paymentDays, weight: random.logNormal(1, 1) };
}

function stockGoods(book: Book, author: number, at: number): { warehouses: number[]; products: Product[] } {
  const { writer } = book;
  const warehouses = [
    { ref: 'DEPOT', lieu: 'Dépôt Vénissieux', town: 'Vénissieux' },
    { ref: 'FOURGON', lieu: 'Fourgons', town: 'Lyon' },
  ].map((place) =>
    writer.add('llx_entrepot', at, {
      ...place,
      datec: sqlDateTime(at),
      entity: 1,
      statut: 1,
      fk_user_author: author,
    }),
  );
  const products = PRODUCTS.map((model) => ({
    id: writer.add('llx_product', at, productRow(model, author, at)),
    model,
  }));
  return { warehouses, products };
}

export function settleFirm(
  book: Book,
  size: { readonly crews: number; readonly customers: number },
  at: number,
): Firm {
  const boss = hire(book, 'Gérant', at).id;
  const dispatchers = [hire(book, 'Planificatrice', at).id, hire(book, 'Conducteur de travaux', at).id];
  const accountant = hire(book, 'Comptable', at).id;
  for (const label of ['Copropriété', 'Collectivité', 'Particulier et divers']) {
    book.writer.add('llx_categorie', at, { entity: 1, fk_parent: 0, label, type: 2, color: '', visible: 1 });
  }
  const crews = Array.from({ length: size.crews }, (_, index) => formCrew(book, index, at));
  const goods = stockGoods(book, boss, at);
  const customers = Array.from({ length: size.customers }, () => acquireCustomer(book, boss, at));
  return { boss, dispatchers, accountant, crews, ...goods, customers, sites: [] };
}
