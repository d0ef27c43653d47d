/**
 * Dolibarr writes DATETIMEs as the wall clock of PHP's time zone. Here a "wall" number is such a reading kept as if
 * it were UTC milliseconds, so that plain arithmetic and `toISOString` work on it.
 */
export const DAY = 86_400_000;
export const HOUR = 3_600_000;

export interface WallClock {
  /** The reading at an instant (milliseconds since 1970 UTC). */
  toWall(instant: number): number;
  /** The instant of a reading; in the hour that winter time repeats, the later one. */
  toInstant(wall: number): number;
}

export function createWallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const offsets = new Map<number, number>();
  // Offsets change on the hour at most: one look-up per hour is enough, and Intl is slow.
  const offsetAt = (instant: number): number => {
    const hour = Math.floor(instant / HOUR);
    let offset = offsets.get(hour);
    if (offset === undefined) {
      offset = Date.parse(`${format.format(hour * HOUR).replace(' ', 'T')}Z`) - hour * HOUR;
      offsets.set(hour, offset);
    }
    return offset;
  };
  return {
    toWall: (instant) => instant + offsetAt(instant),
    toInstant: (wall) => wall - offsetAt(wall - offsetAt(wall)),
  };
}

/** `2026-11-23 06:45:00`, of a wall reading or of an instant in UTC. */
export const sqlDateTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');

/** `2026-11-23`. */
export const sqlDate = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);

export const startOfDay = (wall: number): number => Math.floor(wall / DAY) * DAY;
