/** What people do, and how often relative to each other. */
import { changeEvent } from './actions/agenda.ts';
import { closeIntervention } from './actions/close-intervention.ts';
import { planIntervention } from './actions/plan-intervention.ts';
import { makeMistake } from './actions/mistakes.ts';
import { acquireCustomer, changeSetting, changeTag, logIn, logTime } from './actions/people.ts';
import { answerQuote, payInvoice, writeInvoice, writeQuote } from './actions/sales.ts';
import { takeMaterials, transferGoods } from './actions/stock.ts';
import { createTicket, deleteTicket, moveTicket, writeTicketMessage } from './actions/tickets.ts';
import type { Worker } from './worker.ts';

export interface Action {
  readonly weight: number;
  readonly run: (worker: Worker) => Promise<void>;
}

export const ACTIONS: readonly Action[] = [
  { weight: 8, run: createTicket },
  { weight: 30, run: moveTicket },
  { weight: 6, run: writeTicketMessage },
  { weight: 1, run: deleteTicket },
  { weight: 9, run: planIntervention },
  { weight: 9, run: closeIntervention },
  { weight: 12, run: logTime },
  { weight: 9, run: takeMaterials },
  { weight: 2, run: transferGoods },
  { weight: 3, run: writeQuote },
  { weight: 3, run: answerQuote },
  { weight: 4, run: writeInvoice },
  { weight: 4, run: payInvoice },
  { weight: 1, run: acquireCustomer },
  { weight: 4, run: changeEvent },
  { weight: 5, run: logIn },
  { weight: 1, run: changeTag },
  { weight: 0.5, run: changeSetting },
];

/** The table with rolled-back work as the given share of all actions. */
export function withMistakes(share: number): readonly Action[] {
  const total = ACTIONS.reduce((sum, action) => sum + action.weight, 0);
  if (share <= 0) return ACTIONS;
  return [...ACTIONS, { weight: (total * share) / (1 - share), run: makeMistake }];
}
