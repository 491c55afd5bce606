// Customers, as cards and vehicles name them.

interface Named {
  customer: { name: string } | null;
}

export interface Customer {
  id: number;
  name: string;
  cards: number;
  vehicles: number;
}

/** customersOf counts what each customer has, by name. */
export function customersOf(cards: Named[], vehicles: Named[]): Customer[] {
  const found = new Map<string, Customer>();
  const of = (name: string) => {
    const key = name.toLowerCase();
    let c = found.get(key);
    if (!c) found.set(key, (c = { id: found.size + 1, name, cards: 0, vehicles: 0 }));
    return c;
  };
  for (const c of cards) if (c.customer) of(c.customer.name).cards++;
  for (const v of vehicles) if (v.customer) of(v.customer.name).vehicles++;
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}
