/** Interventions: planned, visited, closed with what they took. */
import {
  carryOut,
  estimateHours,
  INTERVENTION_TYPES,
  spoilOutcome,
  type AnomalyKind,
  type Outcome,
} from '../../firm/intervention-types.ts';
import { GROUND_TRUTH_DATABASE } from '../../create-dolibarr.ts';
import type { EventFacts } from '../../rows/event-rows.ts';
import {
  INTERVENTION_STATUS,
  interventionExtrafieldsRow,
  interventionLineRow,
  interventionRow,
} from '../../rows/intervention-rows.ts';
import { insertRow } from '../../sql-writer.ts';
import { DAY, sqlDate, sqlDateTime } from '../../wall-clock.ts';
import { takeAny, type OpenIntervention } from '../open-work.ts';
import { createScript, type Script } from '../script.ts';
import type { Worker } from '../worker.ts';

function interventionEvent(
  worker: Worker,
  intervention: Omit<OpenIntervention, 'id'>,
  code: string,
): Omit<EventFacts, 'element'> {
  const project = intervention.project === 0 ? null : intervention.project;
  const user = worker.random.pick(worker.firm.dispatchers);
  const subject = { customer: intervention.customer, project, elementType: 'fichinter' };
  return { code, label: `Fiche ${intervention.ref}`, ...subject, user, at: worker.now() };
}

/** Draft under a provisional reference in one transaction; its real reference and status in the next. */
export async function planIntervention(worker: Worker): Promise<void> {
  const { random, firm, work, refs } = worker;
  const type = random.weighted(INTERVENTION_TYPES);
  const site = firm.sites.length > 0 && random.chance(0.45) ? random.pick(firm.sites) : undefined;
  const customer = site?.customer ?? random.pick(firm.customers);
  const author = random.pick(firm.dispatchers);
  const place = { customer: customer.id, project: site?.id ?? 0 };
  const day = worker.now() + random.int(0, 10) * DAY;
  const facts = {
    ref: worker.draftRef(),
    ...place,
    author,
    description: random.pick(type.descriptions),
    day,
    at: worker.now(),
  };
  const draft = createScript();
  const row = draft.insert('llx_fichinter', interventionRow(facts));
  draft.run(`UPDATE llx_fichinter SET ref = CONCAT('(PROV', ${row.sql}, ')') WHERE rowid = ${row.sql}`);
  const estimatedHours = estimateHours(random, type);
  const city = (site ?? customer).city.name;
  const hasExtrafields = random.chance(0.9);
  if (hasExtrafields) {
    const fields = {
      type: type.code,
      estimatedHours,
      actualHours: null,
      satisfaction: null,
      costEur: null,
      city,
    };
    draft.insert('llx_fichinter_extrafields', interventionExtrafieldsRow(row, fields));
  }
  const idOf = await worker.commit(draft);
  const id = idOf(row);
  if (!(await worker.turn())) return;
  const intervention = {
    id,
    ref: refs.next('FI', worker.now()),
    ...place,
    type,
    estimatedHours,
    city,
    hasExtrafields,
  };
  const valid = createScript();
  const state = {
    ref: intervention.ref,
    fk_statut: INTERVENTION_STATUS.validated,
    date_valid: sqlDateTime(worker.now()),
  };
  valid.update('llx_fichinter', { ...state, fk_user_valid: author }, { rowid: id });
  valid.event({ ...interventionEvent(worker, intervention, 'AC_FICHINTER_VALIDATE'), element: id });
  await worker.commit(valid);
  work.interventions.push(intervention);
}

/** One visit, in a transaction of its own: a line, and the sum in the header. */
async function addVisit(
  worker: Worker,
  intervention: OpenIntervention,
  visit: { hours: number; rank: number },
): Promise<void> {
  const script = createScript();
  const seconds = Math.round(visit.hours * 3600);
  const description = worker.random.pick(intervention.type.descriptions);
  const line = { intervention: intervention.id, at: worker.now(), description, seconds, rank: visit.rank };
  script.insert('llx_fichinterdet', interventionLineRow(line));
  const today = sqlDate(worker.now());
  script.run(
    `UPDATE llx_fichinter SET duree = duree + ${seconds}, dateo = COALESCE(dateo, '${today}'), datee = '${today}' WHERE rowid = ${intervention.id}`,
  );
  await worker.commit(script);
}

function writeOutcome(
  worker: Worker,
  script: Script,
  intervention: OpenIntervention,
  outcome: Outcome,
): void {
  const { id, type, estimatedHours, city } = intervention;
  const { actualHours, satisfaction, costEur } = outcome;
  if (intervention.hasExtrafields) {
    const changes = { duree_reelle: actualHours, satisfaction, cout: costEur };
    script.update('llx_fichinter_extrafields', changes, { fk_object: id });
  } else {
    const fields = { type: type.code, estimatedHours, actualHours, satisfaction, costEur, city };
    script.insert('llx_fichinter_extrafields', interventionExtrafieldsRow(id, fields));
  }
}

function writeTruth(
  worker: Worker,
  script: Script,
  intervention: OpenIntervention,
  anomaly: { readonly kind: AnomalyKind; readonly normal: Outcome; readonly injected: Outcome },
): void {
  const { kind, normal, injected } = anomaly;
  const details = {
    type: intervention.type.code,
    estimatedHours: intervention.estimatedHours,
    normal,
    injected,
  };
  const subject = {
    subject_table: 'llx_fichinter',
    subject_id: intervention.id,
    subject_ref: intervention.ref,
  };
  const at = new Date(worker.instant()).toISOString().slice(0, 23).replace('T', ' ');
  const row = {
    dolibarr: worker.database,
    kind,
    ...subject,
    at,
    phase: 'live',
    details: JSON.stringify(details),
  };
  script.run(insertRow(`${GROUND_TRUTH_DATABASE}.anomaly`, row));
}

/**
 * The visits, then the closing: extrafields, header and agenda in one transaction, and when the intervention is made
 * abnormal on purpose, the ground truth in the same.
 */
export async function closeIntervention(worker: Worker): Promise<void> {
  const { random, firm, work } = worker;
  const intervention = takeAny(work.interventions, random.next());
  if (intervention === undefined) return planIntervention(worker);
  const crew = random.pick(firm.crews);
  const normal = carryOut(random, intervention.type, intervention.estimatedHours, crew.speed);
  const kind = worker.anomalies.next();
  const outcome = kind === undefined ? normal : spoilOutcome(random, kind, normal, intervention.type);
  const visits = Math.min(3, Math.ceil(outcome.actualHours / 8));
  for (let rank = 1; rank <= visits; rank += 1) {
    await addVisit(worker, intervention, { hours: outcome.actualHours / visits, rank });
    if (!(await worker.turn())) return;
  }
  const script = createScript();
  writeOutcome(worker, script, intervention, outcome);
  script.update('llx_fichinter', { fk_statut: INTERVENTION_STATUS.done }, { rowid: intervention.id });
  script.event({
    ...interventionEvent(worker, intervention, 'AC_FICHINTER_CLOSE'),
    element: intervention.id,
  });
  if (kind !== undefined) writeTruth(worker, script, intervention, { kind, normal, injected: outcome });
  await worker.commit(script);
  if (kind !== undefined) worker.counts.anomalies += 1;
}
