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
  { path: '/sites', load: () => import('./sites/Sites.svelte') },
  { path: '/map', load: () => import('./map/EstateMap.svelte') },
  { path: '/sites/{id}/{tab}', load: () => import('./site/Site.svelte') },
  { path: '/sessions', load: () => import('./sessions/Sessions.svelte') },
  { path: '/sessions/{id}', load: () => import('./session/Session.svelte') },
  { path: '/access', load: () => import('./access/Access.svelte') },
  { path: '/access/{tab}', load: () => import('./access/Access.svelte') },
  { path: '/alerts', load: () => import('./alerts/Alerts.svelte') },
  { path: '/alerts/{tab}', load: () => import('./alerts/Alerts.svelte') },
  { path: '/health', load: () => import('./health/Health.svelte') },
  { path: '/health/{tab}', load: () => import('./health/Health.svelte') },
  { path: '/planning', load: () => import('./planning/Planning.svelte') },
  { path: '/planning/{tab}', load: () => import('./planning/Planning.svelte') },
  { path: '/commissioning', load: () => import('./commissioning/Commissioning.svelte') },
  { path: '/commissioning/{id}', load: () => import('./commissioning/NewCharger.svelte') },
  { path: '/settings', load: () => import('./settings/Settings.svelte') },
  { path: '/settings/{tab}', load: () => import('./settings/Settings.svelte') },
  { path: '/reference', load: () => import('./reference/Reference.svelte') },
  { path: '/screen', load: () => import('./screen/Screen.svelte'), open: true, bare: true },
];
