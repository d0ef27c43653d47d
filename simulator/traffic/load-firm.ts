/** Reads from the database what the traffic needs to know: the firm, and the work that is open. */
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { DolistreamError } from '../../core/errors.ts';
import {
  createReferences,
  type Crew,
  type Customer,
  type Firm,
  type References,
  type Site,
} from '../firm/firm.ts';
import { findInterventionType } from '../firm/intervention-types.ts';
import { CITIES, crewSpeed, PRODUCTS, type City } from '../firm/names.ts';
import { INTERVENING, INTERVENTION_STATUS } from '../rows/intervention-rows.ts';
import { TICKET_STATUS } from '../rows/ticket-rows.ts';
import { createLiveColumns, LIVE_COLUMN_PREFIX, type LiveColumns } from './live-columns.ts';
import type { OpenWork } from './open-work.ts';

type Rows = readonly Readonly<Record<string, string | number | null>>[];

async function select(connection: Connection, sql: string): Promise<Rows> {
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  return rows as unknown as Rows;
}

const findCity = (town: string): City =>
  CITIES.find((city) => city.name === town) ?? { name: town, zip: '', department: 1, weight: 1 };

async function loadCrews(connection: Connection): Promise<Crew[]> {
  const rows = await select(
    connection,
    `SELECT g.fk_usergroup crew, u.rowid id, COALESCE(u.thm, 30) cost FROM llx_usergroup_user g
       JOIN llx_user u ON u.rowid = g.fk_user ORDER BY 1, 2`,
  );
  const byCrew = new Map<number, Crew & { technicians: { id: number; hourlyCost: number }[] }>();
  for (const row of rows) {
    const number = Number(row['crew']);
    const crew = byCrew.get(number) ?? { speed: crewSpeed(number - 1), technicians: [] };
    crew.technicians.push({ id: Number(row['id']), hourlyCost: Number(row['cost']) });
    byCrew.set(number, crew);
  }
  return [...byCrew.values()];
}

async function loadCustomers(connection: Connection): Promise<Customer[]> {
  const rows = await select(
    connection,
    `SELECT rowid id, nom name, COALESCE(town, '') town FROM llx_societe WHERE client IN (1, 3) AND status = 1
      ORDER BY rowid`,
  );
  return rows.map((row) => ({
    id: Number(row['id']),
    name: String(row['name']),
    city: findCity(String(row['town'])),
    weight: 1,
    paymentDays: 30,
  }));
}

async function loadSites(connection: Connection, customers: readonly Customer[]): Promise<Site[]> {
  const rows = await select(
    connection,
    `SELECT p.rowid id, p.fk_soc customer, GROUP_CONCAT(t.rowid ORDER BY t.rowid) tasks FROM llx_projet p
       JOIN llx_projet_task t ON t.fk_projet = p.rowid WHERE p.fk_statut = 1 GROUP BY p.rowid ORDER BY p.rowid`,
  );
  const byId = new Map(customers.map((customer) => [customer.id, customer]));
  return rows.flatMap((row) => {
    const customer = byId.get(Number(row['customer']));
    if (customer === undefined) return [];
    const tasks = String(row['tasks']).split(',').map(Number);
    return [{ id: Number(row['id']), customer, city: customer.city, tasks, start: 0, end: Infinity }];
  });
}

const ids = async (connection: Connection, sql: string): Promise<number[]> =>
  (await select(connection, sql)).map((row) => Number(row['id']));

/** The whole firm. Throws CONFIG_INVALID when the database is not one of seedHistory. */
export async function loadFirm(connection: Connection): Promise<Firm> {
  const withJob = (job: string) =>
    ids(connection, `SELECT rowid id FROM llx_user WHERE job = '${job}' ORDER BY 1`);
  const customers = await loadCustomers(connection);
  const models = new Map(PRODUCTS.map((model) => [model.ref, model]));
  const goods = await select(connection, 'SELECT rowid id, ref FROM llx_product ORDER BY 1');
  const firm = {
    boss: (await withJob('Gérant'))[0],
    accountant: (await withJob('Comptable'))[0],
    dispatchers: [...(await withJob('Planificatrice')), ...(await withJob('Conducteur de travaux'))],
    crews: await loadCrews(connection),
    warehouses: await ids(connection, 'SELECT rowid id FROM llx_entrepot ORDER BY 1'),
    products: goods.flatMap((row) => {
      const model = models.get(String(row['ref']));
      return model === undefined ? [] : [{ id: Number(row['id']), model }];
    }),
    customers,
    sites: await loadSites(connection, customers),
  };
  const { boss, accountant } = firm;
  if (boss === undefined || accountant === undefined || firm.crews.length === 0 || customers.length === 0) {
    throw new DolistreamError('CONFIG_INVALID', 'The database holds no simulated firm', {
      fix: 'Fill it with seedHistory first.',
    });
  }
  return { ...firm, boss, accountant };
}

async function loadInterventions(
  connection: Connection,
  own: string,
  crews: readonly Crew[],
): Promise<OpenWork['interventions']> {
  const rows = await select(
    connection,
    `SELECT f.rowid id, f.ref, f.fk_soc customer, COALESCE(f.fk_projet, 0) project, x.type_intervention type,
            x.duree_estimee hours, x.ville city, MIN(c.fk_socpeople) technician
       FROM llx_fichinter f JOIN llx_fichinter_extrafields x ON x.fk_object = f.rowid
       LEFT JOIN llx_element_contact c ON c.element_id = f.rowid AND c.fk_c_type_contact = ${INTERVENING}
      WHERE f.fk_statut = ${INTERVENTION_STATUS.validated} AND ${own} GROUP BY f.rowid ORDER BY f.rowid`,
  );
  return rows.flatMap((row) => {
    const type = findInterventionType(String(row['type']));
    if (type === undefined) return [];
    const technician = Number(row['technician']);
    const crew =
      crews.find(({ technicians }) => technicians.some(({ id }) => id === technician)) ?? crews[0]!;
    const numbers = {
      id: Number(row['id']),
      customer: Number(row['customer']),
      project: Number(row['project']),
    };
    const texts = { ref: String(row['ref']), city: String(row['city']) };
    return [{ ...numbers, ...texts, type, crew, estimatedHours: Number(row['hours']), hasExtrafields: true }];
  });
}

/** The open work of one worker: what belongs to the customers and products whose id has its remainder. */
export async function loadOpenWork(
  connection: Connection,
  {
    worker,
    workers,
    crews,
  }: { readonly worker: number; readonly workers: number; readonly crews: readonly Crew[] },
): Promise<OpenWork> {
  const own = `fk_soc % ${workers} = ${worker}`;
  const tickets = await select(
    connection,
    `SELECT t.rowid id, ref, fk_soc customer, COALESCE(fk_project, 0) project, fk_statut status, x.rowid extra
       FROM llx_ticket t LEFT JOIN llx_ticket_extrafields x ON x.fk_object = t.rowid
      WHERE fk_statut < ${TICKET_STATUS.solved} AND ${own} ORDER BY t.rowid`,
  );
  const invoices = await select(
    connection,
    `SELECT rowid id, ref, fk_soc customer, total_ttc total FROM llx_facture
      WHERE fk_statut = 1 AND type = 0 AND ${own} ORDER BY 1`,
  );
  const quotes = await select(
    connection,
    `SELECT rowid id, fk_soc customer FROM llx_propal WHERE fk_statut = 1 AND ${own}`,
  );
  const stock = await select(
    connection,
    `SELECT fk_product id, fk_entrepot place, reel FROM llx_product_stock WHERE fk_product % ${workers} = ${worker}`,
  );
  const depot = Math.min(...stock.map((row) => Number(row['place'])));
  const inDepot = stock.filter((row) => row['place'] === depot);
  const tags = await select(
    connection,
    `SELECT fk_soc id, MIN(fk_categorie) tag FROM llx_categorie_societe WHERE ${own} GROUP BY 1`,
  );
  return {
    tickets: tickets.map((row) => ({
      id: Number(row['id']),
      ref: String(row['ref']),
      customer: Number(row['customer']),
      project: Number(row['project']),
      status: Number(row['status']),
      hasExtrafields: row['extra'] !== null,
    })),
    interventions: await loadInterventions(connection, own, crews),
    invoices: invoices.map((row) => ({
      id: Number(row['id']),
      ref: String(row['ref']),
      customer: Number(row['customer']),
      total: Number(row['total']),
    })),
    quotes: quotes.map((row) => ({ id: Number(row['id']), customer: Number(row['customer']) })),
    agenda: [],
    stock: new Map(inDepot.map((row) => [Number(row['id']), Number(row['reel'])])),
    places: new Set(stock.map((row) => `${row['id']} ${row['place']}`)),
    tags: new Map(tags.map((row) => [Number(row['id']), Number(row['tag'])])),
  };
}

/** Where each series of references stands: the highest number given out in any month. */
export async function loadReferences(
  connection: Connection,
  { worker, workers }: { readonly worker: number; readonly workers: number },
): Promise<References> {
  const tables = ['llx_ticket', 'llx_fichinter', 'llx_propal', 'llx_commande', 'llx_facture', 'llx_paiement'];
  const highest = new Map<string, number>();
  for (const table of tables) {
    const rows = await select(
      connection,
      `SELECT SUBSTRING_INDEX(ref, '-', 1) series, MAX(CAST(SUBSTRING_INDEX(ref, '-', -1) AS UNSIGNED)) last
         FROM ${table} WHERE ref REGEXP '^[A-Z]+[0-9]{4}-[0-9]+$' GROUP BY 1`,
    );
    for (const row of rows) highest.set(String(row['series']), Number(row['last']));
  }
  return createReferences((series) => highest.get(series) ?? 0, { step: workers, first: worker + 1 });
}

/** The extrafields that an earlier run added and did not drop. */
export async function loadLiveColumns(connection: Connection, table: string): Promise<LiveColumns> {
  const rows = await select(
    connection,
    `SELECT column_name name, column_type type FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = '${table}' AND column_name LIKE '${LIVE_COLUMN_PREFIX}%'`,
  );
  const fieldTypes: Record<string, string> = {
    datetime: 'datetime',
    date: 'date',
    'int(11)': 'int',
    text: 'html',
  };
  const columns = rows.map((row) => {
    const sqlType = String(row['type']);
    const fieldType = fieldTypes[sqlType] ?? (sqlType.startsWith('double') ? 'price' : 'varchar');
    return { name: String(row['name']), sqlType, fieldType };
  });
  const numbers = columns.map(({ name }) => Number(name.slice(LIVE_COLUMN_PREFIX.length)));
  return createLiveColumns(columns, Math.max(0, ...numbers) + 1);
}
