// The everyday orders: what each needs, what it sends, and what became of it in words.

import type { Schemas } from '../../lib/api/client';
import { text } from '../../lib/text';

export const orders = ['start', 'stop', 'unlock', 'reset', 'enable', 'disable', 'trigger'] as const;
export type Order = (typeof orders)[number];

/** Orders that must name a port. */
export const needsPort: Order[] = ['start', 'stop', 'unlock'];
/** Orders that are asked about before they are sent. */
export const asksFirst: Order[] = ['stop', 'unlock', 'reset', 'disable'];

const bad = ['rejected', 'notFound', 'notSupported'];

/** outcomeOf tells what became of a command: done or not, and in words; null while it is open. */
export function outcomeOf(c: Pick<Schemas['Command'], 'status' | 'outcome' | 'error'>): { good: boolean; words: string } | null {
  if (c.status === 'queued' || c.status === 'sent') return null;
  if (c.status === 'answered') {
    const outcome = c.outcome ?? 'answered';
    return { good: !bad.includes(outcome), words: text.charger.orders.outcome[outcome] ?? outcome };
  }
  const words = text.charger.orders.status[c.status] ?? c.status;
  return { good: false, words: c.error?.description ? `${words}: ${c.error.description}` : words };
}
