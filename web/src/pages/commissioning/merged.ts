// The list of refusals, which the server keeps one row for all that are alike.

interface Row {
  id: number;
}

/** merged puts a row on top; what it takes the place of goes. */
export function merged<T extends Row>(rows: T[], told: T, most = 200): T[] {
  return [told, ...rows.filter((r) => r.id !== told.id)].slice(0, most);
}
