/** Interventions planned: a draft under a provisional reference, then its real one. */
import type { Crew, Customer, Site } from '../../firm/firm.ts';
import { estimateHours, INTERVENTION_TYPES, type InterventionType } from '../../firm/intervention-types.ts';
import type { EventFacts } from '../../rows/event-rows.ts';
import {
  INTERVENTION_STATUS,
  interventionExtrafieldsRow,
  interventionRow,
  technicianRow,
} from '../../rows/intervention-rows.ts';
import { DAY, sqlDateTime } from '../../wall-clock.ts';
import type { OpenIntervention } from '../open-work.ts';
import { createScript } from '../script.ts';
import type { Worker } from '../worker.ts';

export function interventionEvent(worker: Worker, intervention: OpenIntervention, code: string): EventFacts {
  const project = intervention.project === 0 ? null : intervention.project;
  const user = worker.random.pick(worker.firm.dispatchers);
  const subject = {
    customer: intervention.customer,
    project,
    elementType: 'fichinter',
    element: intervention.id,
  };
  return { code, label: `Fiche ${intervention.ref}`, ...subject, user, at: worker.now() };
}

interface Plan {
  readonly type: InterventionType;
  readonly site: Site | undefined;
  readonly customer: Customer;
  readonly author: number;
  readonly crew: Crew;
  readonly estimatedHours: number;
  /** One in ten gets its extrafields only when it is closed. */
  readonly hasExtrafields: boolean;
}

function drawPlan({ random, firm }: Worker): Plan {
  const type = random.weighted(INTERVENTION_TYPES);
  const site = firm.sites.length > 0 && random.chance(0.45) ? random.pick(firm.sites) : undefined;
  return {
    type,
    site,
    customer: site?.customer ?? random.pick(firm.customers),
    author: random.pick(firm.dispatchers),
    crew: random.pick(firm.crews),
    estimatedHours: estimateHours(random, type),
    hasExtrafields: random.chance(0.9),
  };
}

/** Header, provisional reference, extrafields and technicians in one transaction. */
async function writeDraft(worker: Worker, plan: Plan): Promise<number> {
  const { random } = worker;
  const { type, site, customer, author, crew, estimatedHours } = plan;
  const at = worker.now();
  const place = { customer: customer.id, project: site?.id ?? 0 };
  const day = at + random.int(0, 10) * DAY;
  const facts = {
    ref: worker.draftRef(),
    ...place,
    author,
    description: random.pick(type.descriptions),
    day,
    at,
  };
  const script = createScript();
  const row = script.insert('llx_fichinter', interventionRow(facts));
  script.run(`UPDATE llx_fichinter SET ref = CONCAT('(PROV', ${row.sql}, ')') WHERE rowid = ${row.sql}`);
  if (plan.hasExtrafields) {
    const city = (site ?? customer).city.name;
    const fields = {
      type: type.code,
      estimatedHours,
      actualHours: null,
      satisfaction: null,
      costEur: null,
      city,
    };
    script.insert('llx_fichinter_extrafields', interventionExtrafieldsRow(row, fields));
  }
  for (const { id } of crew.technicians) script.insert('llx_element_contact', technicianRow(row, id, at));
  return (await worker.commit(script))(row);
}

/** The draft in one transaction; its real reference and status in the next. */
export async function planIntervention(worker: Worker): Promise<void> {
  const plan = drawPlan(worker);
  const { type, site, customer, author, crew, estimatedHours, hasExtrafields } = plan;
  const id = await writeDraft(worker, plan);
  if (!(await worker.turn())) return;
  const ref = worker.refs.next('FI', worker.now());
  const place = { customer: customer.id, project: site?.id ?? 0, city: (site ?? customer).city.name };
  const intervention = { id, ref, ...place, type, crew, estimatedHours, hasExtrafields };
  const script = createScript();
  const state = { ref, fk_statut: INTERVENTION_STATUS.validated, date_valid: sqlDateTime(worker.now()) };
  script.update('llx_fichinter', { ...state, fk_user_valid: author }, { rowid: id });
  script.event(interventionEvent(worker, intervention, 'AC_FICHINTER_VALIDATE'));
  await worker.commit(script);
  worker.work.interventions.push(intervention);
}
