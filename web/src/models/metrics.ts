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
    for (const [name, value] of numbers.slice(0, 1)) words.push(`${nameOf(part)}: ${name} ${round(value)}`);
  }
  const shown = words.slice(-2);
  if (reused) shown.push(`${reused} ↻`);
  return shown.join(' · ') || '–';
}

/** Splits metrics into what this training measured and the names of the parts that it took over. */
export function partsOf(metrics: Record<string, unknown> | null): { measured: [string, Record<string, unknown>][]; reused: string[] } {
  const all = Object.entries(metrics ?? {}).filter((pair): pair is [string, Record<string, unknown>] => !!pair[1] && typeof pair[1] === 'object');
  return {
    measured: all.filter(([, values]) => values.reused !== true).map(([part, values]) => [nameOf(part), values]),
    reused: all.filter(([, values]) => values.reused === true).map(([part]) => nameOf(part)),
  };
}

// "5_DIETClassifier" is the fifth component of the pipeline.
const nameOf = (part: string): string => part.replace(/^\d+_/, '');

export function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
