import { sqlDate, sqlDateTime } from '../wall-clock.ts';
import type { Row, SqlValue } from '../sql-writer.ts';

export function projectRow(site: {
  readonly ref: string;
  readonly customer: number;
  readonly title: string;
  readonly author: number;
  readonly start: number;
  readonly end: number;
  readonly budget: number;
  readonly town: string;
  readonly closedAt: number | null;
}): Row {
  return {
    fk_soc: site.customer,
    datec: sqlDateTime(site.start),
    dateo: sqlDate(site.start),
    datee: sqlDate(site.end),
    ref: site.ref,
    entity: 1,
    title: site.title,
    description: '',
    fk_user_creat: site.author,
    public: 1,
    fk_statut: site.closedAt === null ? 1 : 2,
    date_close: site.closedAt === null ? null : sqlDateTime(site.closedAt),
    budget_amount: site.budget,
    usage_task: 1,
    usage_bill_time: 0,
    location: site.town,
  };
}

export function taskRow(task: {
  readonly ref: string;
  readonly project: number;
  readonly label: string;
  readonly author: number;
  readonly plannedSeconds: number;
  readonly start: number;
  readonly end: number;
  readonly progress: number;
  readonly rank: number;
}): Row {
  return {
    ref: task.ref,
    entity: 1,
    fk_projet: task.project,
    fk_task_parent: 0,
    datec: sqlDateTime(task.start),
    dateo: sqlDateTime(task.start),
    datee: sqlDateTime(task.end),
    label: task.label,
    duration_effective: 0,
    planned_workload: task.plannedSeconds,
    progress: task.progress,
    fk_user_creat: task.author,
    rang: task.rank,
  };
}

export function timeRow(time: {
  readonly task: number;
  readonly user: number;
  readonly hourlyCost: number;
  readonly seconds: number;
  readonly at: number;
  readonly note: string;
  readonly intervention: SqlValue;
}): Row {
  return {
    fk_element: time.task,
    elementtype: 'task',
    element_date: sqlDate(time.at),
    element_datehour: sqlDateTime(time.at),
    element_date_withhour: 1,
    element_duration: time.seconds,
    fk_user: time.user,
    thm: time.hourlyCost,
    intervention_id: time.intervention,
    datec: sqlDateTime(time.at),
    note: time.note,
  };
}
