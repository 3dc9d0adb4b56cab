// What a training measured, in a few words for a table. Parts that were taken over from an earlier training say so.
export function summaryOf(metrics: Record<string, unknown> | null): string {
  if (!metrics) return '–';
  const words: string[] = [];
  let reused = 0;
  for (const [part, values] of Object.entries(metrics)) {
    if (!values || typeof values !== 'object') continue;
    const row = values as Record<string, unknown>;
    if (row.reused === true) {
      reused++;
      continue;
    }
    const numbers = Object.entries(row).filter((pair): pair is [string, number] => typeof pair[1] === 'number');
    for (const [name, value] of numbers.slice(0, 1)) words.push(`${part.replace(/^\d+_/, '')}: ${name} ${round(value)}`);
  }
  const shown = words.slice(-2);
  if (reused) shown.push(`${reused} ↻`);
  return shown.join(' · ') || '–';
}

export function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
