// How a wall shows more tiles than it has room for.

/** fitting is how many tiles of a size fit, at least one. */
export function fitting(width: number, height: number, tile: { width: number; height: number; gap: number }): number {
  const columns = Math.max(1, Math.floor((width + tile.gap) / (tile.width + tile.gap)));
  const rows = Math.max(1, Math.floor((height + tile.gap) / (tile.height + tile.gap)));
  return columns * rows;
}

/** pageOf is what a wall shows at a turn: the pages follow each other and begin again. */
export function pageOf<T>(rows: T[], room: number, turn: number): { rows: T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(rows.length / room));
  const page = turn % pages;
  return { rows: rows.slice(page * room, (page + 1) * room), page: page + 1, pages };
}
