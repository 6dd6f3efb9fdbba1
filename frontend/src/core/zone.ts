/** Calendar times of a zone and the instants behind them. */

export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const readers = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of the zone show at an instant. */
export function wallTime(instant: number, zone: string): Wall & { weekday: number } {
  const found: Record<string, number> = {};
  for (const part of reader(zone).formatToParts(new Date(instant))) found[part.type] = Number(part.value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = found;
  return { year, month, day, hour, minute, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
}

/**
 * The instant at which the zone's clocks show this time.
 *
 * A time that a change of clocks skips becomes the same distance after the change; one that comes
 * twice is the first of the two. Days and months may overflow (32 January is 1 February).
 */
export function instantOf(wall: Wall, zone: string): number {
  const wanted = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
  const before = wanted - offset(wanted - 24 * 3_600_000, zone);
  const after = wanted - offset(wanted + 24 * 3_600_000, zone);
  for (const candidate of [before, after].sort((a, b) => a - b)) {
    if (candidate + offset(candidate, zone) === wanted) return candidate;
  }
  return before;
}

/** Is this a zone the browser knows? */
export function isZone(zone: string): boolean {
  try {
    reader(zone);
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds the zone's clocks are ahead of UTC at an instant. */
function offset(instant: number, zone: string): number {
  const wall = wallTime(instant, zone);
  const shown = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute);
  return shown - Math.floor(instant / 60_000) * 60_000;
}

function reader(zone: string): Intl.DateTimeFormat {
  let made = readers.get(zone);
  if (!made) {
    made = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23",
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
    });
    readers.set(zone, made);
  }
  return made;
}
