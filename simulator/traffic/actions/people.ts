/** Logins, time spent, new customers, tags and settings. */
import { CITIES, CUSTOMER_KINDS, CUSTOMER_NAMES, FIRST_NAMES, LAST_NAMES } from '../../firm/names.ts';
import { contactRow, customerRow } from '../../rows/people-rows.ts';
import { timeRow } from '../../rows/project-rows.ts';
import { literal } from '../../sql-writer.ts';
import { sqlDateTime } from '../../wall-clock.ts';
import { createScript } from '../script.ts';
import type { Worker } from '../worker.ts';

/** Every login writes the user's row, which also holds the password's hash. */
export async function logIn(worker: Worker): Promise<void> {
  const { random, firm } = worker;
  const user = random.chance(0.3)
    ? random.pick(firm.dispatchers)
    : random.pick(random.pick(firm.crews).technicians).id;
  const now = sqlDateTime(worker.now());
  const script = createScript();
  script.run(
    `UPDATE llx_user SET datepreviouslogin = datelastlogin, ippreviouslogin = iplastlogin,
            datelastlogin = ${literal(now)}, iplastlogin = '10.0.0.${random.int(2, 250)}' WHERE rowid = ${user}`,
  );
  await worker.commit(script);
}

/** A row of time, and the sum that the task keeps. */
export async function logTime(worker: Worker): Promise<void> {
  const { random, firm } = worker;
  if (firm.sites.length === 0) return logIn(worker);
  const site = random.pick(firm.sites);
  const technician = random.pick(random.pick(firm.crews).technicians);
  const task = random.pick(site.tasks);
  const seconds = random.int(2, 32) * 900;
  const facts = {
    task,
    user: technician.id,
    hourlyCost: technician.hourlyCost,
    seconds,
    note: '',
    intervention: null,
  };
  const script = createScript();
  script.insert('llx_element_time', timeRow({ ...facts, at: worker.now() }));
  script.run(
    `UPDATE llx_projet_task SET duration_effective = COALESCE(duration_effective, 0) + ${seconds} WHERE rowid = ${task}`,
  );
  await worker.commit(script);
}

/** A prospect becomes a customer in the same transaction: its code is written by a second statement. */
export async function acquireCustomer(worker: Worker): Promise<void> {
  const { random, firm } = worker;
  const city = random.weighted(CITIES);
  const name = `${random.weighted(CUSTOMER_KINDS).prefix} ${random.pick(CUSTOMER_NAMES)} ${random.int(1000, 9999)}`;
  const street = `${random.int(1, 180)} rue ${random.pick(CUSTOMER_NAMES)}`;
  const common = { author: firm.boss, at: worker.now(), phone: '' };
  const script = createScript();
  const id = script.insert(
    'llx_societe',
    customerRow({ ...common, name, code: null, city, street, paymentTerm: 2 }),
  );
  script.run(
    `UPDATE llx_societe SET client = 1, code_client = CONCAT('CU', LPAD(${id.sql}, 5, '0')) WHERE rowid = ${id.sql}`,
  );
  script.insert('llx_societe_extrafields', { fk_object: id });
  const subject = { customer: null, project: null, elementType: 'societe', element: id, at: worker.now() };
  script.event({ ...subject, code: 'AC_COMPANY_CREATE', label: `Tiers ${name} créé`, user: firm.boss });
  const customer = (await worker.commit(script))(id);
  if (!(await worker.turn())) return;
  const person = { firstName: random.pick(FIRST_NAMES), lastName: random.pick(LAST_NAMES) };
  const contact = createScript();
  const row = contact.insert('llx_socpeople', contactRow({ ...common, ...person, customerId: customer }));
  contact.update('llx_socpeople', { fk_prospectlevel: '', town: city.name }, { rowid: row });
  await worker.commit(contact);
}

/** A customer's tag changes: the link is deleted and another inserted. */
export async function changeTag(worker: Worker): Promise<void> {
  const { random, firm, work } = worker;
  const customer = random.pick(firm.customers).id;
  const tag = random.int(1, 3);
  const old = work.tags.get(customer);
  const script = createScript();
  if (old !== undefined) {
    script.run(`DELETE FROM llx_categorie_societe WHERE fk_categorie = ${old} AND fk_soc = ${customer}`);
  }
  script.insert('llx_categorie_societe', { fk_categorie: tag, fk_soc: customer });
  await worker.commit(script);
  work.tags.set(customer, tag);
}

/** A setting is deleted and inserted again under a new id; each worker has its own. */
export async function changeSetting(worker: Worker): Promise<void> {
  const { random, firm } = worker;
  const name = `SIM_SETTING_${firm.customers[0]!.id}`;
  const script = createScript();
  script.run(`DELETE FROM llx_const WHERE name = '${name}' AND entity = 1`);
  script.insert('llx_const', {
    name,
    entity: 1,
    value: String(random.int(0, 9)),
    type: 'chaine',
    visible: 0,
  });
  await worker.commit(script);
}
