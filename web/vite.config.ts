import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

// The server hands out NAME.gz to those who take it; compressing once here is better than at each request there. What
// was written is read again: other plugins still change the code while the bundle is made.
function compress(): Plugin {
  return {
    name: 'greenroom-compress',
    apply: 'build',
    writeBundle(options, bundle) {
      for (const name of Object.keys(bundle).filter((one) => /\.(js|css|svg)$/.test(one))) {
        const path = join(options.dir!, name);
        const source = readFileSync(path);
        const squeezed = gzipSync(source, { level: 9 });
        if (squeezed.length < source.length * 0.9) writeFileSync(`${path}.gz`, squeezed);
      }
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [svelte(), compress()],
  build: { manifest: true, target: 'es2022', cssCodeSplit: true, modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: true, rolldownOptions: { checks: { pluginTimings: false } } },
  // For work on the UI: GREENROOM=http://127.0.0.1:5005 npx vite, with a running server there.
  server: { proxy: { '/api': process.env.GREENROOM ?? 'http://127.0.0.1:5005' } },
  test: { include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0]);
