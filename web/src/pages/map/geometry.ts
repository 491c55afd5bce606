// Where things stand on a map in the projection of Mercator, as all web maps have it.

/** A View is what a map shows: its centre in degrees, and how near it is. At zoom 0 the world is 256 px wide, and twice that with each step. */
export interface View {
  latitude: number;
  longitude: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Spot {
  latitude: number;
  longitude: number;
}

export const minZoom = 0.5;
export const maxZoom = 19;
/** Beyond, the projection has no end. */
const steepest = 85.0511;

const worldOf = (zoom: number) => 256 * 2 ** zoom;

/** Where a spot is on the whole world's square, from its north-west corner, in px. */
function onWorld(s: Spot, zoom: number): Point {
  const world = worldOf(zoom);
  const sin = Math.sin((Math.max(-steepest, Math.min(steepest, s.latitude)) * Math.PI) / 180);
  return { x: ((s.longitude + 180) / 360) * world, y: (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * world };
}

function fromWorld(p: Point, zoom: number): Spot {
  const world = worldOf(zoom);
  const n = Math.PI * (1 - (2 * p.y) / world);
  return { latitude: (Math.atan(Math.sinh(n)) * 180) / Math.PI, longitude: (p.x / world) * 360 - 180 };
}

/** pointOf is where a spot is in the picture, in px from its upper left corner. */
export function pointOf(s: Spot, view: View, size: Size): Point {
  const at = onWorld(s, view.zoom);
  const centre = onWorld(view, view.zoom);
  return { x: at.x - centre.x + size.width / 2, y: at.y - centre.y + size.height / 2 };
}

/** moved is the view after the picture was dragged by so many px. */
export function moved(view: View, dx: number, dy: number): View {
  const centre = onWorld(view, view.zoom);
  const s = fromWorld({ x: centre.x - dx, y: centre.y - dy }, view.zoom);
  return { zoom: view.zoom, latitude: Math.max(-steepest, Math.min(steepest, s.latitude)), longitude: Math.max(-180, Math.min(180, s.longitude)) };
}

/** zoomed comes nearer by so many steps; what is under the point stays under it. */
export function zoomed(view: View, steps: number, under: Point, size: Size): View {
  const zoom = Math.max(minZoom, Math.min(maxZoom, view.zoom + steps));
  const dx = under.x - size.width / 2;
  const dy = under.y - size.height / 2;
  const grown = 2 ** (zoom - view.zoom);
  return moved({ ...view, zoom }, dx - dx * grown, dy - dy * grown);
}

/** fitted is the view that shows all spots, with room around them. */
export function fitted(spots: Spot[], size: Size, room = Math.min(120, size.width / 6)): View {
  if (spots.length === 0) return { latitude: 25, longitude: 5, zoom: Math.max(minZoom, Math.log2(size.width / 256)) };
  const at = spots.map((s) => onWorld(s, 0));
  const west = Math.min(...at.map((p) => p.x));
  const east = Math.max(...at.map((p) => p.x));
  const north = Math.min(...at.map((p) => p.y));
  const south = Math.max(...at.map((p) => p.y));
  const centre = fromWorld({ x: (west + east) / 2, y: (north + south) / 2 }, 0);
  const wide = Math.log2(Math.max(1, size.width - 2 * room) / Math.max(1e-6, east - west));
  const high = Math.log2(Math.max(1, size.height - Math.min(2 * room, size.height / 3)) / Math.max(1e-6, south - north));
  // One yard alone is shown with the town around it.
  return { ...centre, zoom: Math.max(minZoom, Math.min(11, wide, high)) };
}

export interface Cluster<T> {
  at: Point;
  things: T[];
}

/** clustered puts together what stands nearer than so many px; what is outside of the picture is left out. */
export function clustered<T extends Spot>(things: T[], view: View, size: Size, near = 36): Cluster<T>[] {
  const found: Cluster<T>[] = [];
  for (const thing of things) {
    const at = pointOf(thing, view, size);
    if (at.x < -near || at.y < -near || at.x > size.width + near || at.y > size.height + near) continue;
    const together = found.find((c) => Math.hypot(c.at.x - at.x, c.at.y - at.y) < near);
    if (together) together.things.push(thing);
    else found.push({ at, things: [thing] });
  }
  return found;
}

export interface Tile extends Point {
  key: string;
  url: string;
  /** Its edge in px. */
  edge: number;
}

/** tiled is which pictures of a tile server cover the view: {z}, {x} and {y} stand in its address. */
export function tiled(address: string, view: View, size: Size): Tile[] {
  const z = Math.max(0, Math.min(maxZoom, Math.round(view.zoom)));
  const edge = 256 * 2 ** (view.zoom - z);
  const centre = onWorld(view, view.zoom);
  const left = centre.x - size.width / 2;
  const top = centre.y - size.height / 2;
  const many = 2 ** z;
  const tiles: Tile[] = [];
  for (let y = Math.max(0, Math.floor(top / edge)); y < Math.min(many, (top + size.height) / edge); y++) {
    for (let x = Math.floor(left / edge); x < (left + size.width) / edge; x++) {
      const column = ((x % many) + many) % many;
      const url = address.replace('{z}', String(z)).replace('{x}', String(column)).replace('{y}', String(y));
      tiles.push({ key: `${z}/${x}/${y}`, url, x: x * edge - left, y: y * edge - top, edge });
    }
  }
  return tiles;
}
