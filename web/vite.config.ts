import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The server that "npm run dev" shows: CHARGEYARD_URL, by default that of the demo.
const server = process.env.CHARGEYARD_URL ?? 'http://127.0.0.1:8080';
// An API key with which "npm run dev" asks it, instead of signing in.
const key = process.env.CHARGEYARD_KEY;

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Names by content: the server lets browsers keep them for ever.
    assetsDir: 'assets',
    // No inlined files: the page's policy allows none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 400,
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: server, changeOrigin: false, headers: key ? { Authorization: `Bearer ${key}` } : {} } } },
  test: { include: ['src/**/*.test.ts'] },
});
