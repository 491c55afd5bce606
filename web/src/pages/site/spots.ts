// Where chargers stand on a floor plan.

import type { Tile } from './ports';
import type { Spot } from './wire';

/** A step of an arrow key, as a share of the picture; with Shift ten of them. */
const step = 0.005;

const within = (v: number) => Math.round(Math.min(1, Math.max(0, v)) * 10_000) / 10_000;

/** moved puts a charger at a place, where the picture has one; it may be new on it. */
export function moved(spots: Spot[], chargerId: number, x: number, y: number): Spot[] {
  const spot = { chargerId, x: within(x), y: within(y) };
  return spots.some((s) => s.chargerId === chargerId) ? spots.map((s) => (s.chargerId === chargerId ? spot : s)) : [...spots, spot];
}

/** pushed moves a charger by an arrow key; null when the key is none. */
export function pushed(spots: Spot[], chargerId: number, key: string, far: boolean): Spot[] | null {
  const at = spots.find((s) => s.chargerId === chargerId);
  const way = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[key];
  if (!at || !way) return null;
  const by = far ? step * 10 : step;
  return moved(spots, chargerId, at.x + way[0] * by, at.y + way[1] * by);
}

const urgent = ['Faulted', 'Charging', 'SuspendedEVSE', 'SuspendedEV', 'Preparing', 'Finishing', 'Available', 'Reserved', 'Unavailable', 'Unknown', 'Offline'];

/** leading is the status by which a charger is shown on the plan: that of its most telling port. */
export function leading(tiles: Tile[]): string {
  return urgent.find((s) => tiles.some((t) => t.status === s)) ?? 'Unknown';
}
