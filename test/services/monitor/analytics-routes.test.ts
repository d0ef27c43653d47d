import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readQuestion } from '../../../services/monitor/analytics-routes.ts';

void test('a question about a job is read, what is left out is unknown', () => {
  assert.deepEqual(readQuestion('{"type": "maintenance", "estimated": 4, "city": "Paris"}'), {
    ...{ type: 'maintenance', city: 'Paris', technician: '', customer: '', estimated: 4 },
  });
});

void test('a question that says nothing, or something that cannot be, is refused with the field', () => {
  const refused: readonly [string, RegExp][] = [
    ['', /Neither type nor estimated/],
    ['[]', /not a JSON object/],
    ['{"type": 3}', /type is not a text/],
    ['{"type": "a", "estimated": -1}', /estimated is not a number of hours/],
    ['{"type": "a", "estimated": "4"}', /estimated is not a number of hours/],
    [`{"type": "${'a'.repeat(300)}"}`, /type is not a text of at most 200/],
  ];
  for (const [body, message] of refused) {
    assert.throws(() => readQuestion(body), { code: 'CONFIG_INVALID', message });
  }
});
