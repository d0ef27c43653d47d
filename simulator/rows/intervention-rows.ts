import { sqlDate, sqlDateTime } from '../wall-clock.ts';
import type { Row, SqlValue } from '../sql-writer.ts';

export const INTERVENTION_STATUS = { draft: 0, validated: 1, billed: 2, done: 3 };

export interface InterventionFacts {
  readonly ref: string;
  readonly customer: number;
  readonly project: number;
  readonly author: number;
  readonly description: string;
  /** Planned day. */
  readonly day: number;
  readonly at: number;
}

export function interventionRow(intervention: InterventionFacts): Row {
  return {
    fk_soc: intervention.customer,
    fk_projet: intervention.project,
    ref: intervention.ref,
    entity: 1,
    datec: sqlDateTime(intervention.at),
    date_valid: null,
    datei: sqlDate(intervention.day),
    fk_user_author: intervention.author,
    fk_user_valid: null,
    fk_statut: INTERVENTION_STATUS.draft,
    dateo: null,
    datee: null,
    duree: 0,
    description: intervention.description,
    note_public: '',
    model_pdf: 'soleil',
  };
}

/** One visit; `seconds` is what the line and, summed, the header hold. */
export function interventionLineRow(line: {
  readonly intervention: SqlValue;
  readonly at: number;
  readonly description: string;
  readonly seconds: number;
  readonly rank: number;
}): Row {
  return {
    fk_fichinter: line.intervention,
    date: sqlDateTime(line.at),
    description: line.description,
    duree: line.seconds,
    rang: line.rank,
  };
}

export function interventionExtrafieldsRow(
  intervention: SqlValue,
  fields: {
    readonly type: string;
    readonly estimatedHours: number;
    readonly actualHours: number | null;
    readonly satisfaction: number | null;
    readonly costEur: number | null;
    readonly city: string;
  },
): Row {
  return {
    fk_object: intervention,
    type_intervention: fields.type,
    duree_estimee: fields.estimatedHours,
    duree_reelle: fields.actualHours,
    satisfaction: fields.satisfaction,
    cout: fields.costEur,
    ville: fields.city,
  };
}

/** Role of a technician on an intervention, in llx_c_type_contact. */
export const INTERVENING = 121;

/** A technician who carries the intervention out: the only place where Dolibarr keeps it. */
export const technicianRow = (intervention: SqlValue, technician: number, at: number): Row => ({
  datecreate: sqlDateTime(at),
  statut: 4,
  element_id: intervention,
  fk_c_type_contact: INTERVENING,
  fk_socpeople: technician,
});
