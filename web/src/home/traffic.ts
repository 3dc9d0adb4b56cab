// What a card says of the last hour of an environment.
import type { TrafficMinute } from '../base/types';

export interface Summary {
  /** Turns of the last whole minute, or of the one under way when that has more already. */
  perMinute: number;
  /** Turns that failed within the hour. */
  failed: number;
  /** Milliseconds; the 95th percentile of the busiest of the last five minutes, null when nothing was said. */
  p95: number | null;
}

export function summaryOf(minutes: TrafficMinute[]): Summary {
  const recent = minutes.slice(-5).filter((one) => one.turns > 0);
  const busiest = recent.reduce<TrafficMinute | null>((best, one) => (best && best.turns >= one.turns ? best : one), null);
  return {
    perMinute: Math.max(minutes.at(-2)?.turns ?? 0, minutes.at(-1)?.turns ?? 0),
    failed: minutes.reduce((sum, one) => sum + one.failed, 0),
    p95: busiest ? busiest.p95 * 1000 : null,
  };
}
