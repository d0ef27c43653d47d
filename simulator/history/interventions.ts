/** Interventions, from planning to closing, with their time, materials, cost and what the customer thought. */
import type { Crew, Customer, Firm, Site } from '../firm/firm.ts';
import {
  ANOMALY_KINDS,
  carryOut,
  estimateHours,
  INTERVENTION_TYPES,
  spoilOutcome,
  type InterventionType,
  type Outcome,
} from '../firm/intervention-types.ts';
import {
  INTERVENTION_STATUS,
  interventionExtrafieldsRow,
  interventionLineRow,
  interventionRow,
  technicianRow,
} from '../rows/intervention-rows.ts';
import { timeRow } from '../rows/project-rows.ts';
import { activityOf } from '../season.ts';
import { DAY, HOUR, sqlDate, sqlDateTime, startOfDay } from '../wall-clock.ts';
import { duringWork, pickCustomer, recordEvent, siteUnderWay, type Book } from './book.ts';
import { useMaterials, type StockBook } from './stock-book.ts';

const HOURS_PER_DAY = 8;

interface Job {
  readonly ref: string;
  readonly type: InterventionType;
  readonly customer: Customer;
  readonly site: Site | undefined;
  readonly crew: Crew;
  readonly author: number;
  readonly description: string;
  readonly created: number;
  /** Wall moment at which the crew starts. */
  readonly begins: number;
  readonly estimatedHours: number;
}

/** The next day on which somebody works, `days` ahead or later. */
export function workingDay(day: number, days: number): number {
  let planned = startOfDay(day) + days * DAY;
  while (activityOf(planned) < 0.2) planned += DAY;
  return planned;
}

function planJob(book: Book, firm: Firm, day: number): Job {
  const { random, refs } = book;
  const type = random.weighted(INTERVENTION_TYPES);
  const site = random.chance(0.45) ? siteUnderWay(book, firm, day) : undefined;
  const created = duringWork(random, day);
  const wait = type.code === 'depannage' ? random.int(0, 1) : random.int(1, 12);
  const planned = workingDay(day, wait);
  return {
    ref: refs.next('FI', created),
    type,
    customer: site?.customer ?? pickCustomer(random, firm),
    site,
    crew: random.pick(firm.crews),
    author: random.pick(firm.dispatchers),
    description: random.pick(type.descriptions),
    created,
    begins: Math.max(planned + random.pick([8, 9, 10.5, 13.5, 14.5]) * HOUR, created + HOUR),
    estimatedHours: estimateHours(random, type),
  };
}

/** One visit a working day until the hours are used up. */
function visitsOf(job: Job, hours: number): { at: number; seconds: number }[] {
  const visits: { at: number; seconds: number }[] = [];
  let at = job.begins;
  for (let left = hours; left > 0; left -= HOURS_PER_DAY) {
    visits.push({ at, seconds: Math.min(left, HOURS_PER_DAY) * 3600 });
    at = workingDay(at, 1) + 8 * HOUR;
  }
  return visits;
}

function writeJob(book: Book, job: Job, done: { outcome: Outcome; at: number } | undefined): number {
  const { writer } = book;
  const isDraft = done === undefined && job.created > book.end - DAY && book.random.chance(0.5);
  const visits = done === undefined ? [] : visitsOf(job, done.outcome.actualHours);
  const number = (writer.counts['llx_fichinter'] ?? 0) + 1;
  const ref = isDraft ? `(PROV${number})` : job.ref;
  const facts = { ref, customer: job.customer.id, project: job.site?.id ?? 0, author: job.author };
  const row = interventionRow({ ...facts, description: job.description, day: job.begins, at: job.created });
  const open = isDraft ? INTERVENTION_STATUS.draft : INTERVENTION_STATUS.validated;
  const id = writer.add('llx_fichinter', done?.at ?? job.created, {
    ...row,
    fk_statut: done === undefined ? open : INTERVENTION_STATUS.done,
    date_valid: isDraft ? null : sqlDateTime(job.created + HOUR / 4),
    fk_user_valid: isDraft ? null : job.author,
    dateo: visits[0] === undefined ? null : sqlDate(visits[0].at),
    datee: visits.length === 0 ? null : sqlDate(visits[visits.length - 1]!.at),
    duree: visits.reduce((sum, visit) => sum + visit.seconds, 0),
  });
  for (const technician of job.crew.technicians) {
    writer.add('llx_element_contact', job.created, technicianRow(id, technician.id, job.created));
  }
  visits.forEach((visit, index) => {
    const line = { intervention: id, description: job.description, rank: index + 1, ...visit };
    writer.add('llx_fichinterdet', visit.at, interventionLineRow(line));
  });
  const extrafields = interventionExtrafieldsRow(id, {
    type: job.type.code,
    estimatedHours: job.estimatedHours,
    actualHours: done?.outcome.actualHours ?? null,
    satisfaction: done?.outcome.satisfaction ?? null,
    costEur: done?.outcome.costEur ?? null,
    city: (job.site ?? job.customer).city.name,
  });
  writer.add('llx_fichinter_extrafields', done?.at ?? job.created, extrafields);
  return id;
}

function logTime(book: Book, job: Job, intervention: number, outcome: Outcome): void {
  if (job.site === undefined) return;
  const task = book.random.pick(job.site.tasks);
  for (const visit of visitsOf(job, outcome.actualHours)) {
    for (const { id, hourlyCost } of job.crew.technicians) {
      const time = { task, user: id, hourlyCost, note: job.description, intervention, ...visit };
      book.writer.add('llx_element_time', visit.at, timeRow(time));
    }
  }
}

/** Plans an intervention on `day`; when it ends before history does, it is carried out, maybe with an anomaly. */
export function planIntervention(
  book: Book,
  firm: Firm,
  day: number,
  { stock, anomalyRate }: { readonly stock: StockBook; readonly anomalyRate: number },
): void {
  const { random, writer } = book;
  const job = planJob(book, firm, day);
  const normal = carryOut(random, job.type, job.estimatedHours, job.crew.speed);
  const kind = random.chance(anomalyRate) ? random.pick(ANOMALY_KINDS) : undefined;
  const outcome = kind === undefined ? normal : spoilOutcome(random, kind, normal, job.type);
  const last = visitsOf(job, outcome.actualHours).at(-1)!;
  const at = last.at + last.seconds * 1000 + random.int(5, 60) * 60_000;
  const isDone = at <= book.end;
  const id = writeJob(book, job, isDone ? { outcome, at } : undefined);
  const common = { user: job.author, customer: job.customer.id, project: job.site?.id ?? null };
  const subject = { ...common, elementType: 'fichinter', element: id };
  recordEvent(book, {
    ...subject,
    code: 'AC_FICHINTER_VALIDATE',
    label: `Fiche ${job.ref}`,
    at: job.created,
  });
  if (!isDone) return;
  recordEvent(book, { ...subject, code: 'AC_FICHINTER_CLOSE', label: `Fiche ${job.ref} close`, at });
  logTime(book, job, id, outcome);
  book.schedule(job.begins, () =>
    useMaterials(book, firm, stock, { at: job.begins, project: job.site?.id ?? 0 }),
  );
  if (kind === undefined) return;
  const details = { type: job.type.code, estimatedHours: job.estimatedHours, normal, injected: outcome };
  writer.addTruth({ kind, table: 'llx_fichinter', id, ref: job.ref, at, details });
}
