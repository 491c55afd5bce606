import { describe, expect, test } from 'vitest';
import { clustered, fitted, moved, pointOf, tiled, zoomed, type View } from './geometry';

const size = { width: 800, height: 600 };
const seattle = { latitude: 47.6101, longitude: -122.3344 };
const dublin = { latitude: 53.3498, longitude: -6.2603 };
const view: View = { ...seattle, zoom: 9 };

describe('the map', () => {
  test('has its centre in the middle, east on the right and north on top', () => {
    expect(pointOf(seattle, view, size)).toEqual({ x: 400, y: 300 });
    expect(pointOf({ ...seattle, longitude: -122 }, view, size).x).toBeGreaterThan(400);
    expect(pointOf({ ...seattle, latitude: 48 }, view, size).y).toBeLessThan(300);
  });

  test('moves with the hand that drags it', () => {
    const p = pointOf(seattle, moved(view, 30, -20), size);
    expect(p.x).toBeCloseTo(430, 6);
    expect(p.y).toBeCloseTo(280, 6);
  });

  test('comes nearer around what is under the pointer', () => {
    const spot = { latitude: 47.7, longitude: -122.1 };
    const before = pointOf(spot, view, size);
    const after = pointOf(spot, zoomed(view, 1, before, size), size);
    expect(after.x).toBeCloseTo(before.x, 4);
    expect(after.y).toBeCloseTo(before.y, 4);
    expect(zoomed(view, 100, before, size).zoom).toBe(19);
    expect(zoomed(view, -100, before, size).zoom).toBe(0.5);
  });

  test('fits all sites with room around them', () => {
    const v = fitted([seattle, dublin], size, 60);
    for (const s of [seattle, dublin]) {
      const p = pointOf(s, v, size);
      expect(p.x).toBeGreaterThanOrEqual(59);
      expect(p.x).toBeLessThanOrEqual(741);
      expect(p.y).toBeGreaterThanOrEqual(59);
      expect(p.y).toBeLessThanOrEqual(541);
    }
    expect(fitted([seattle], size).zoom).toBe(11);
    expect(fitted([], size).zoom).toBeGreaterThan(1);
  });

  test('puts sites together that would hide each other, and leaves out those outside', () => {
    const beside = { latitude: 47.612, longitude: -122.333 };
    const far = clustered([seattle, beside, dublin], view, size);
    expect(far.map((c) => c.things.length)).toEqual([2]);
    const near = clustered([seattle, beside], { ...view, zoom: 16 }, size);
    expect(near.map((c) => c.things.length)).toEqual([1, 1]);
  });

  test('is covered by tiles without a gap', () => {
    const tiles = tiled('https://tile.example.org/{z}/{x}/{y}.png', { ...view, zoom: 9.3 }, size);
    expect(Math.min(...tiles.map((t) => t.x))).toBeLessThanOrEqual(0);
    expect(Math.max(...tiles.map((t) => t.x + t.edge))).toBeGreaterThanOrEqual(size.width);
    expect(Math.min(...tiles.map((t) => t.y))).toBeLessThanOrEqual(0);
    expect(Math.max(...tiles.map((t) => t.y + t.edge))).toBeGreaterThanOrEqual(size.height);
    // What OpenStreetMap's rule gives for the centre.
    const middle = tiles.find((t) => t.x <= 400 && t.x + t.edge > 400 && t.y <= 300 && t.y + t.edge > 300);
    expect(middle?.url).toBe('https://tile.example.org/9/82/178.png');
  });
});
