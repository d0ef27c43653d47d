/** Interventions carried out: visits, the time they took, and the closing. */
import { carryOut, spoilOutcome, type AnomalyKind, type Outcome } from '../../firm/intervention-types.ts';
import { GROUND_TRUTH_DATABASE } from '../../create-dolibarr.ts';
import {
  INTERVENTION_STATUS,
  interventionExtrafieldsRow,
  interventionLineRow,
} from '../../rows/intervention-rows.ts';
import { timeRow } from '../../rows/project-rows.ts';
import { insertRow } from '../../sql-writer.ts';
import { sqlDate } from '../../wall-clock.ts';
import { takeAny, type OpenIntervention } from '../open-work.ts';
import { createScript, type Script } from '../script.ts';
import type { Worker } from '../worker.ts';
import { interventionEvent, planIntervention } from './plan-intervention.ts';

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

/** The hours of the crew on a task of the site, when there is one: a row each, and the sum that the task keeps. */
async function logVisit(worker: Worker, intervention: OpenIntervention, hours: number): Promise<void> {
  const site = worker.firm.sites.find(({ id }) => id === intervention.project);
  if (site === undefined || !(await worker.turn())) return;
  const task = worker.random.pick(site.tasks);
  const seconds = Math.round(hours * 3600);
  const { technicians } = intervention.crew;
  const script = createScript();
  for (const { id, hourlyCost } of technicians) {
    const facts = { task, user: id, hourlyCost, seconds, note: '', intervention: intervention.id };
    script.insert('llx_element_time', timeRow({ ...facts, at: worker.now() }));
  }
  const total = seconds * technicians.length;
  script.run(
    `UPDATE llx_projet_task SET duration_effective = COALESCE(duration_effective, 0) + ${total} WHERE rowid = ${task}`,
  );
  await worker.commit(script);
}

/**
 * The visits, then the closing: extrafields, header and agenda in one transaction, and when the intervention is made
 * abnormal on purpose, the ground truth in the same.
 */
export async function closeIntervention(worker: Worker): Promise<void> {
  const { random, work } = worker;
  const intervention = takeAny(work.interventions, random.next());
  if (intervention === undefined) return planIntervention(worker);
  const normal = carryOut(random, intervention.type, intervention.estimatedHours, intervention.crew.speed);
  const kind = worker.anomalies.next();
  const outcome = kind === undefined ? normal : spoilOutcome(random, kind, normal, intervention.type);
  const visits = Math.min(3, Math.ceil(outcome.actualHours / 8));
  for (let rank = 1; rank <= visits; rank += 1) {
    const hours = outcome.actualHours / visits;
    await addVisit(worker, intervention, { hours, rank });
    await logVisit(worker, intervention, hours);
    if (!(await worker.turn())) return;
  }
  const script = createScript();
  writeOutcome(worker, script, intervention, outcome);
  script.update('llx_fichinter', { fk_statut: INTERVENTION_STATUS.done }, { rowid: intervention.id });
  script.event(interventionEvent(worker, intervention, 'AC_FICHINTER_CLOSE'));
  if (kind !== undefined) writeTruth(worker, script, intervention, { kind, normal, injected: outcome });
  await worker.commit(script);
  if (kind !== undefined) worker.counts.anomalies += 1;
}
