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

/** tookOf is the time in ms from sending to the answer; null without one. */
export function tookOf(c: Pick<Schemas['Command'], 'sentAt' | 'answeredAt'>): number | null {
  return c.sentAt && c.answeredAt ? Math.max(0, Date.parse(c.answeredAt) - Date.parse(c.sentAt)) : null;
}

/** kept puts a command into a list, newest first, in place of what was known of it. */
export function kept<C extends Pick<Schemas['Command'], 'id'>>(list: C[], c: C): C[] {
  return list.some((k) => k.id === c.id) ? list.map((k) => (k.id === c.id ? c : k)) : [c, ...list].sort((a, b) => b.id - a.id);
}
