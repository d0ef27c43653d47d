import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyHistory, type JobHistory, learnJob } from '../../../services/analytics/job-history.ts';
import { assess, type InterventionFacts, jobOf, typeKey } from '../../../services/analytics/model.ts';

function facts(changes: Partial<InterventionFacts> = {}): InterventionFacts {
  return {
    intervention: 1_000_000,
    type: 'plomberie',
    city: 'Lyon',
    estimatedHours: 4,
    actualHours: 4,
    satisfaction: null,
    cost: null,
    ...changes,
  };
}

/** `count` jobs of a type whose actual hours spread evenly around `ratio` times the estimate. */
function teach(history: JobHistory, type: string, count: number, ratio: number): void {
  for (let index = 0; index < count; index++) {
    const actualHours = 4 * ratio * (0.8 + (0.4 * index) / Math.max(1, count - 1));
    const job = facts({ intervention: history.nextOrder + 1, type, actualHours, cost: actualHours * 50 });
    learnJob(history, typeKey(type), jobOf(job)!);
  }
}

void test('without history, twice the estimate and two hours over are the limit', () => {
  const hours = (actualHours: number, estimatedHours: number) =>
    assess(emptyHistory(), facts({ actualHours, estimatedHours })).hours!;
  assert.deepEqual([hours(8, 4).odd, hours(8, 4).severity, hours(8, 4).score], [true, 50, null]);
  assert.equal(hours(7.9, 4).odd, false);
  assert.equal(hours(3, 1).odd, true);
  assert.equal(hours(2.5, 1).odd, false);
  assert.equal(hours(16, 4).severity, 75);
});

void test('with history, what is usual for the type decides', () => {
  const history = emptyHistory();
  teach(history, 'plomberie', 200, 1);
  teach(history, 'toiture', 200, 2);
  assert.equal(assess(history, facts({ actualHours: 8 })).hours!.odd, true);
  const roof = assess(history, facts({ type: 'toiture', actualHours: 8 })).hours!;
  assert.deepEqual([roof.odd, roof.sampleOf, roof.sample], [false, 'type', 200]);
  assert.ok(Math.abs(roof.expected - 8) < 0.5, String(roof.expected));
});

void test('a type with few jobs is judged mostly by the whole firm', () => {
  const history = emptyHistory();
  teach(history, 'peinture', 300, 1);
  teach(history, 'vitrerie', 3, 3);
  const measure = assess(history, facts({ type: 'vitrerie', actualHours: 9 })).hours!;
  assert.equal(measure.sampleOf, 'firm');
  assert.ok(measure.expected > 4 && measure.expected < 6, String(measure.expected));
  assert.equal(measure.odd, true);
});

void test('a tenth of absurd jobs does not move what is usual', () => {
  const history = emptyHistory();
  teach(history, 'plomberie', 180, 1);
  teach(history, 'plomberie', 20, 50);
  const measure = assess(history, facts({ actualHours: 8 })).hours!;
  assert.ok(measure.expected < 4.5, String(measure.expected));
  assert.equal(measure.odd, true);
});

void test('jobs that always take exactly their estimate do not make a quarter of an hour an alert', () => {
  const history = emptyHistory();
  for (let n = 1; n <= 100; n++) learnJob(history, 'plomberie', jobOf(facts({ intervention: n }))!);
  assert.equal(assess(history, facts({ actualHours: 4.25 })).hours!.odd, false);
  assert.equal(assess(history, facts({ actualHours: 4.75 })).hours!.odd, false);
  assert.equal(assess(history, facts({ actualHours: 8 })).hours!.odd, true);
});

void test('cost is judged per hour, so that a long job is not a dear one', () => {
  const history = emptyHistory();
  teach(history, 'plomberie', 100, 1);
  assert.equal(assess(history, facts({ actualHours: 40, cost: 2000 })).cost!.odd, false);
  const dear = assess(history, facts({ actualHours: 4, cost: 800 }));
  assert.equal(dear.cost!.odd, true);
  assert.equal(Math.round(dear.cost!.expected), 200);
  assert.deepEqual(dear.findings, ['intervention_cost']);
});

void test('the severity grows with the distance and stays between 0 and 100', () => {
  const history = emptyHistory();
  teach(history, 'plomberie', 100, 1);
  const severities = [8, 16, 64, 1e6].map(
    (actualHours) => assess(history, facts({ actualHours })).hours!.severity,
  );
  assert.deepEqual(
    severities,
    [...severities].sort((a, b) => a - b),
  );
  assert.ok(severities[0]! >= 50 && severities.at(-1)! <= 100);
});

void test('an intervention is not judged against itself', () => {
  const history = emptyHistory();
  teach(history, 'plomberie', 100, 1);
  const late = facts({ actualHours: 20 });
  const before = assess(history, late);
  learnJob(history, 'plomberie', jobOf(late)!);
  assert.deepEqual(assess(history, late).hours, before.hours);
});

void test('marks of one and two are unhappy, others and none are not', () => {
  const unhappy = [1, 2, 3, 5, null].map(
    (satisfaction) => assess(emptyHistory(), facts({ satisfaction })).unhappy,
  );
  assert.deepEqual(unhappy, [true, true, false, false, false]);
});

void test('spelling does not make another type', () => {
  assert.equal(typeKey('  Électricité \n générale'), typeKey('électricité générale'.normalize('NFD')));
  assert.equal(typeKey(null), '');
});

void test('hours that nobody estimated are judged beside the hours of the type', () => {
  const history = emptyHistory();
  teach(history, 'plomberie', 100, 1);
  const unplanned = (actualHours: number) =>
    assess(history, facts({ actualHours, estimatedHours: null })).hours!;
  assert.equal(unplanned(12).odd, true);
  assert.equal(unplanned(5).odd, false);
  assert.equal(assess(emptyHistory(), facts({ actualHours: 90, estimatedHours: null })).hours, null);
});

void test('a rule that is told to be stricter lets more pass', () => {
  const history = emptyHistory();
  teach(history, 'plomberie', 200, 1);
  const at = (factor: number) => assess(history, facts({ actualHours: 6.6 }), () => factor).hours!.odd;
  assert.deepEqual([at(0.85), at(1.3)], [true, false]);
});
