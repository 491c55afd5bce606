// The ports of a site as tiles: filtered, grouped and counted.

import type { Charger, LiveCharger, Port } from '../../lib/live/protocol';

export interface Tile {
  charger: Charger;
  port: Port;
  /** What the port counts as: offline while its charger is not connected. */
  status: string;
}

/** The kinds that the page counts; each status is of one. */
export type Kind = 'faulted' | 'charging' | 'busy' | 'available' | 'out' | 'offline';

const kindOf: Record<string, Kind> = {
  Available: 'available',
  Charging: 'charging',
  Preparing: 'busy',
  SuspendedEV: 'busy',
  SuspendedEVSE: 'busy',
  Finishing: 'busy',
  Reserved: 'out',
  Unavailable: 'out',
  Unknown: 'out',
  Faulted: 'faulted',
  Offline: 'offline',
};

export function kind(status: string): Kind {
  return kindOf[status] ?? 'out';
}

/** What needs somebody comes first. */
const order = ['Faulted', 'Offline', 'Charging', 'SuspendedEVSE', 'SuspendedEV', 'Preparing', 'Finishing', 'Reserved', 'Unavailable', 'Unknown', 'Available'];

/** tilesOf makes the tiles of chargers, in the order of their names and port numbers. */
export function tilesOf(chargers: LiveCharger[], statusOf: (port: Port, connected: boolean) => string): Tile[] {
  const sorted = [...chargers].sort((a, b) => a.charger.name.localeCompare(b.charger.name, undefined, { numeric: true }) || a.charger.id - b.charger.id);
  return sorted.flatMap(({ charger }) =>
    charger.ports.map((port) => ({ charger, port, status: statusOf(port, charger.connectionStatus?.status === 'Connected') })),
  );
}

/** matches reports whether a tile has all the words of a search, in whatever names it. */
export function matches(tile: Tile, words: string): boolean {
  const { charger, port } = tile;
  const s = port.currentChargingSession;
  const named = [charger.name, charger.ocppId, charger.externalId, charger.serialNumber, port.name, s?.vehicle?.name, s?.vehicle?.vin, s?.customer?.name, s?.rfid?.name, s?.ocppIdTag]
    .filter(Boolean)
    .join('\n')
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((w) => named.includes(w));
}

export interface Group {
  id: string;
  tiles: Tile[];
}

/** grouped puts tiles together by charger or by status, the urgent first. */
export function grouped(tiles: Tile[], by: 'charger' | 'status'): Group[] {
  const groups = new Map<string, Tile[]>();
  for (const tile of tiles) {
    const id = by === 'charger' ? String(tile.charger.id) : tile.status;
    const there = groups.get(id);
    if (there) there.push(tile);
    else groups.set(id, [tile]);
  }
  const list = [...groups].map(([id, of]) => ({ id, tiles: of }));
  if (by === 'status') list.sort((a, b) => place(a.id) - place(b.id));
  return list;
}

function place(status: string): number {
  const i = order.indexOf(status);
  return i < 0 ? order.length : i;
}

/** counts is how many tiles are of each kind. */
export function counts(tiles: Tile[]): Record<Kind, number> {
  const n: Record<Kind, number> = { faulted: 0, charging: 0, busy: 0, available: 0, out: 0, offline: 0 };
  for (const tile of tiles) n[kind(tile.status)]++;
  return n;
}

/** powerOf is what runs through connected ports now, in kW, by their latest readings. */
export function powerOf(tiles: Tile[]): number {
  return tiles.reduce((sum, { port, status }) => sum + (status === 'Offline' ? 0 : (port.currentChargingSession?.latestReadings.powerKw?.value ?? 0)), 0);
}
