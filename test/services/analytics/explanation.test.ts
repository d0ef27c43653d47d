import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainFinding } from '../../../services/analytics/explanation.ts';
import type { Assessment, InterventionFacts, Measure } from '../../../services/analytics/model.ts';

const facts: InterventionFacts = {
  intervention: 31,
  type: 'plomberie',
  city: 'Lyon',
  estimatedHours: 4,
  actualHours: 14,
  satisfaction: 2,
  cost: 1250,
};

const late: Measure = {
  actual: 14,
  expected: 4.2,
  usual: { low: 3, high: 6 },
  sample: 250,
  sampleOf: 'type',
  score: 6.24,
  limit: 3.5,
  odd: true,
  severity: 72,
};

const dear: Measure = {
  ...late,
  actual: 1250,
  expected: 700,
  usual: { low: 560, high: 840 },
  sampleOf: 'firm',
};

const assessment: Assessment = { hours: late, cost: dear, unhappy: true, findings: ['intervention_hours'] };

/** Numbers are grouped with a narrow no-break space in French. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

void test('hours are explained in French with the usual range and every reason', () => {
  const { title, explanation } = explainFinding('fr', 'intervention_hours', 'FI2611-0031', {
    facts,
    assessment,
  });
  assert.equal(title, 'Intervention FI2611-0031 : 14 h pour 4 h prévues');
  assert.equal(
    plain(explanation),
    "FI2611-0031 (plomberie, Lyon) : 14 h pour 4 h prévues ; d'habitude 3 à 6 h (250 interventions de ce type). " +
      '3,5 fois la durée prévue, 10 h de plus ; écart de 6,2 fois la dispersion habituelle (seuil 3,5) ; ' +
      'coût anormal aussi (1 250 €) ; satisfaction du client 2/5.',
  );
});

void test('costs are explained in English by the hour', () => {
  const { title, explanation } = explainFinding('en', 'intervention_cost', 'FI2611-0031', {
    facts,
    assessment,
  });
  assert.equal(title, 'Intervention FI2611-0031: cost 1,250 €, that is 89 €/h');
  assert.equal(
    explanation,
    'FI2611-0031 (plomberie, Lyon): cost 1,250 €, that is 89 €/h; usually 40 to 60 €/h ' +
      '(250 interventions of the firm). 1.8 times what is usual; 6.2 times the usual spread away (limit 3.5); ' +
      'hours out of line too (14 h for 4 h planned); customer satisfaction 2/5.',
  );
});

void test('a mark without anything else is one sentence', () => {
  const { title, explanation } = explainFinding('fr', 'intervention_satisfaction', '#31', {
    facts: { ...facts, type: null, city: null },
    assessment: { hours: null, cost: null, unhappy: true, findings: [] },
  });
  assert.equal(title, 'Intervention #31 : satisfaction du client 2/5');
  assert.equal(explanation, '#31 : satisfaction du client 2/5.');
});

void test('one hour is singular in French', () => {
  const { title } = explainFinding('fr', 'intervention_hours', 'FI1', {
    facts: { ...facts, estimatedHours: 1.5 },
    assessment,
  });
  assert.equal(title, 'Intervention FI1 : 14 h pour 1,5 h prévue');
});

void test('hours that nobody estimated are told beside the usual ones', () => {
  const { title, explanation } = explainFinding('fr', 'intervention_hours', 'FI1', {
    facts: { ...facts, estimatedHours: null },
    assessment: { ...assessment, cost: null, unhappy: false },
  });
  assert.equal(title, 'Intervention FI1 : 14 h, sans estimation');
  assert.match(
    explanation,
    / : 14 h, sans estimation ; d'habitude 3 à 6 h \(250 .*\)\. 3,3 fois l'habitude ; écart de 6,2/,
  );
});

void test('an unusual whole names both figures', () => {
  const { title } = explainFinding('en', 'intervention_whole', 'FI1', { facts, assessment });
  assert.equal(
    title,
    'Intervention FI1: an unusual whole: 14 h for 4 h planned, cost 1,250 €, that is 89 €/h',
  );
});
