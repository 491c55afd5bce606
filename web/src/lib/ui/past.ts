// The steps of the slider into the past.

export type Range = 'day' | 'week' | 'month';

const minute = 60_000;
const day = 24 * 60 * minute;

/** How far back each range reaches, and how long one step is, in milliseconds. */
export const ranges: Record<Range, { length: number; step: number }> = {
  day: { length: day, step: 5 * minute },
  week: { length: 7 * day, step: 30 * minute },
  month: { length: 30 * day, step: 120 * minute },
};

/** How many steps a range has; the last one is now. */
export function steps(range: Range): number {
  return ranges[range].length / ranges[range].step;
}

/** momentOf is the time of a step, on whole minutes; null for the last, which is now. */
export function momentOf(step: number, range: Range, now: number): number | null {
  const last = steps(range);
  if (step >= last) return null;
  const t = now - (last - Math.max(0, step)) * ranges[range].step;
  return Math.round(t / minute) * minute;
}

/** stepOf is where a moment stands on the slider; null is now. */
export function stepOf(moment: number | null, range: Range, now: number): number {
  const last = steps(range);
  if (moment === null) return last;
  return Math.min(last - 1, Math.max(0, Math.round(last - (now - moment) / ranges[range].step)));
}

/** rangeFor is the shortest range that reaches a moment, but not shorter than the one chosen. */
export function rangeFor(moment: number | null, chosen: Range, now: number): Range {
  if (moment === null || now - moment <= ranges[chosen].length) return chosen;
  return now - moment <= ranges.week.length ? 'week' : 'month';
}
