// Every page and its address. The server knows the same addresses (web/pages.go).

import type { Component } from 'svelte';

export interface Page {
  path: string;
  load: () => Promise<{ default: Component<any> }>;
  /** Anybody may open it, signed in or not. */
  open?: boolean;
  /** It has no frame around it. */
  bare?: boolean;
}

export const pages: Page[] = [
  { path: '/', load: () => import('./overview/Overview.svelte') },
  { path: '/sign-in', load: () => import('./signin/SignIn.svelte'), open: true, bare: true },
  { path: '/setup', load: () => import('./signin/Setup.svelte'), open: true, bare: true },
  { path: '/sites/{id}', load: () => import('./site/Site.svelte') },
  { path: '/chargers', load: () => import('./chargers/Chargers.svelte') },
  { path: '/chargers/{id}', load: () => import('./charger/Charger.svelte') },
  { path: '/chargers/{id}/{tab}', load: () => import('./charger/Charger.svelte') },
];
