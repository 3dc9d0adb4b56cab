// Writes src/base/routes.ts, the table of the API routes that the UI may call, from the API description on standard
// input:  greenroom openapi | node web/tools/routes.mjs > web/src/base/routes.ts
let text = '';
for await (const piece of process.stdin) text += piece;
const description = JSON.parse(text);
const rows = [];
for (const [path, operations] of Object.entries(description.paths)) {
  if (!path.startsWith('/api/')) continue;
  for (const [method, operation] of Object.entries(operations)) {
    const query = (operation.parameters ?? []).filter((p) => p.in === 'query').map((p) => `'${p.name}'`);
    rows.push(`  '${method.toUpperCase()} ${path}': ${query.length ? query.join(' | ') : 'never'};`);
  }
}
rows.sort();
console.log('// Made by web/tools/routes.mjs from `greenroom openapi`: each route of the API with the names its query takes.');
console.log(`export interface Routes {\n${rows.join('\n')}\n}`);
