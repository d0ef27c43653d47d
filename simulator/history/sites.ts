/** Building sites: opened now and then, planned in tasks, closed a little late. */
import type { Firm, Site } from '../firm/firm.ts';
import { FIRST_NAMES, LAST_NAMES, SITE_KINDS, TASKS } from '../firm/names.ts';
import { projectRow, taskRow } from '../rows/project-rows.ts';
import { DAY, HOUR, sqlDateTime } from '../wall-clock.ts';
import { duringWork, pickCustomer, recordEvent, type Book } from './book.ts';

/** EUR of budget per planned hour: labour, materials and margin. */
const BUDGET_PER_HOUR = 85;

interface PlannedTask {
  readonly label: string;
  readonly hours: number;
}

/** Tasks follow one another: the declared progress of each is what the calendar says. */
function writeTasks(
  { writer, refs, end: now }: Book,
  site: { project: number; author: number; start: number; end: number; day: number },
  planned: readonly PlannedTask[],
): number[] {
  const { day, ...common } = site;
  const elapsed = Math.min(1, Math.max(0, (now - day) / (site.end - day)));
  return planned.map((task, rank) => {
    const share = Math.min(1, Math.max(0, elapsed * planned.length - rank));
    const progress = Math.round(share * 10) * 10;
    const facts = { label: task.label, plannedSeconds: task.hours * 3600, rank, progress };
    return writer.add(
      'llx_projet_task',
      site.start,
      taskRow({ ...common, ...facts, ref: refs.next('TK', site.start) }),
    );
  });
}

export function openSite(book: Book, firm: Firm, day: number): void {
  const { random, writer } = book;
  const customer = pickCustomer(random, firm);
  const start = duringWork(random, day);
  const scale = random.logNormal(1, 0.5);
  const planned = TASKS.map((task) => ({ ...task, hours: Math.round(task.hours * scale) }));
  const hours = planned.reduce((sum, task) => sum + task.hours, 0);
  const days = Math.round(40 + hours / 6);
  const end = day + days * DAY;
  const closing = end + Math.round(random.normal(8, 12)) * DAY + 16 * HOUR;
  const closedAt = closing <= book.end ? closing : null;
  const author = random.pick(firm.dispatchers);
  const site = {
    ref: book.refs.next('PJ', start),
    customer: customer.id,
    title: `${random.pick(SITE_KINDS)} - ${customer.name}`,
    author,
    start,
    end,
    budget: Math.round((hours * BUDGET_PER_HOUR * random.logNormal(1, 0.15)) / 100) * 100,
    town: customer.city.name,
    closedAt,
  };
  const id = writer.add('llx_projet', closedAt ?? start, projectRow(site));
  writer.add('llx_projet_extrafields', start, {
    fk_object: id,
    conducteur_travaux: `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`,
    surface_m2: Math.round(hours * 0.8 * 10) / 10,
  });
  writer.add('llx_element_contact', start, {
    datecreate: sqlDateTime(start),
    statut: 4,
    element_id: id,
    fk_c_type_contact: 160,
    fk_socpeople: author,
  });
  const tasks = writeTasks(book, { project: id, author, start, end, day }, planned);
  const event = {
    user: author,
    customer: customer.id,
    project: id,
    elementType: 'project',
    element: id,
    at: start,
  };
  recordEvent(book, { ...event, code: 'AC_PROJECT_CREATE', label: `Projet ${site.ref} créé` });
  firm.sites.push({ id, customer, city: customer.city, tasks, start: day, end } satisfies Site);
}
