// What pages and the worker that holds the streams say to each other.

import type { Schemas } from '../api/client';

export type Charger = Schemas['Charger'];
export type Port = Schemas['Port'];
/** A site without its chargers. */
export type SiteHead = Omit<Schemas['Site'], 'chargers'>;

export interface Counters {
  siteId: number;
  name: string;
  chargers: number;
  connected: number;
  ports: number;
  available: number;
  preparing: number;
  charging: number;
  suspended: number;
  finishing: number;
  reserved: number;
  unavailable: number;
  faulted: number;
  unknown: number;
  offline: number;
  sessions: number;
  powerKw: number;
}

/** What a page wants to follow. Without ids it is everything that the user sees. */
export type Interest = { of: 'counters' } | { of: 'estate'; siteIds?: number[]; chargerIds?: number[] };

export interface LiveCharger {
  siteId: number;
  charger: Charger;
}

/** One change; those that came together are told together. */
export type Change =
  | { is: 'charger'; siteId: number; charger: Charger; reasons: string[] }
  | { is: 'removed'; id: number }
  | { is: 'site'; site: SiteHead }
  | { is: 'siteRemoved'; id: number }
  | { is: 'counters'; counters: Counters };

export interface Snapshot {
  sites: SiteHead[];
  chargers: LiveCharger[];
  counters: Counters[];
}

/** How the stream does: live, or not since when and why. */
export interface Liveness {
  live: boolean;
  /** Milliseconds since 1970 of the last word of the server; null before the first. */
  heardAt: number | null;
  problem: string | null;
}

export type FromPage = { say: 'watch'; watch: number; interest: Interest } | { say: 'unwatch'; watch: number } | { say: 'bye' } | { say: 'retry' };
export type ToPage =
  | { say: 'snapshot'; watch: number; snapshot: Snapshot }
  | { say: 'changes'; watch: number; changes: Change[] }
  | { say: 'liveness'; liveness: Liveness }
  | { say: 'signedOut' };
