import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { activityOf, easterSunday, isFrenchHoliday } from '../../simulator/season.ts';
import { sqlDate } from '../../simulator/wall-clock.ts';

void describe("the firm's calendar", () => {
  void it('knows Easter', () => {
    const easters = [2000, 2019, 2024, 2025, 2026, 2027, 2038].map((year) => sqlDate(easterSunday(year)));
    assert.deepEqual(easters, [
      '2000-04-23',
      '2019-04-21',
      '2024-03-31',
      '2025-04-20',
      '2026-04-05',
      '2027-03-28',
      '2038-04-25',
    ]);
  });

  void it('rests on the eleven French holidays of a year and on Sundays', () => {
    const days = Array.from({ length: 365 }, (_, index) => Date.UTC(2026, 0, 1 + index));
    assert.deepEqual(days.filter(isFrenchHoliday).map(sqlDate), [
      '2026-01-01',
      '2026-04-06',
      '2026-05-01',
      '2026-05-08',
      '2026-05-14',
      '2026-05-25',
      '2026-07-14',
      '2026-08-15',
      '2026-11-01',
      '2026-11-11',
      '2026-12-25',
    ]);
    assert.equal(activityOf(Date.UTC(2026, 4, 14)), 0);
    assert.equal(activityOf(Date.UTC(2026, 5, 7)), 0);
  });

  void it('is quiet in August and at Christmas, and works little on Saturdays', () => {
    const october = activityOf(Date.UTC(2026, 9, 7));
    assert.ok(activityOf(Date.UTC(2026, 7, 12)) < october / 3);
    assert.ok(activityOf(Date.UTC(2026, 11, 29)) < october / 5);
    assert.ok(activityOf(Date.UTC(2026, 9, 10)) < october / 5);
  });
});
