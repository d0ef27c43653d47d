import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWallClock, HOUR, sqlDateTime } from '../../simulator/wall-clock.ts';

void describe('the wall clock of a zone', () => {
  const paris = createWallClock('Europe/Paris');

  void it('reads winter and summer time', () => {
    assert.equal(sqlDateTime(paris.toWall(Date.UTC(2026, 0, 15, 8))), '2026-01-15 09:00:00');
    assert.equal(sqlDateTime(paris.toWall(Date.UTC(2026, 6, 15, 8))), '2026-07-15 10:00:00');
  });

  void it('finds the instant of every reading of a year that exists once', () => {
    for (let instant = Date.UTC(2026, 0, 1); instant < Date.UTC(2027, 0, 1); instant += HOUR) {
      const wall = paris.toWall(instant);
      const isRepeated = paris.toWall(instant + HOUR) === wall || paris.toWall(instant - HOUR) === wall;
      if (!isRepeated) assert.equal(paris.toInstant(wall), instant, sqlDateTime(instant));
    }
  });

  void it('follows a zone west of Greenwich with half hours', () => {
    const newfoundland = createWallClock('America/St_Johns');
    assert.equal(sqlDateTime(newfoundland.toWall(Date.UTC(2026, 0, 15, 2))), '2026-01-14 22:30:00');
  });
});
