// Numbers, sizes and times in the language of the reader. Times of the API are unix seconds.
import { language } from './i18n.svelte';

export const number = (value: number): string => new Intl.NumberFormat(language.code).format(value);
export const percent = (value: number): string =>
  new Intl.NumberFormat(language.code, { style: 'percent', maximumFractionDigits: 1 }).format(value);

export function bytes(value: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step++;
  }
  return new Intl.NumberFormat(language.code, {
    style: 'unit',
    unit: units[step],
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value);
}

export const date = (seconds: number): string =>
  new Intl.DateTimeFormat(language.code, { dateStyle: 'medium', timeStyle: 'short' }).format(seconds * 1000);
export const clock = (seconds: number): string =>
  new Intl.DateTimeFormat(language.code, { timeStyle: 'medium' }).format(seconds * 1000);

const kSteps: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, 'second'],
  [3600, 'minute'],
  [86400, 'hour'],
  [86400 * 30, 'day'],
  [86400 * 365, 'month'],
  [Infinity, 'year'],
];

/** "3 minutes ago"; a dash for what has no time, such as what a migration of the store made. */
export function ago(seconds: number, now = Date.now() / 1000): string {
  if (!seconds) return '–';
  const past = Math.min(0, seconds - now);
  const [limit, unit] = kSteps.find(([below]) => -past < below)!;
  const index = kSteps.findIndex(([below]) => below === limit);
  const size = index === 0 ? 1 : kSteps[index - 1]![0];
  return new Intl.RelativeTimeFormat(language.code, { numeric: 'auto' }).format(Math.round(past / size), unit);
}

export const short = (digest: string): string => digest.slice(0, 12);
