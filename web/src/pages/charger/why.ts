// Why nothing can be asked of a charger right now; null when it can.

import type { Charger } from '../../lib/live/protocol';
import { text } from '../../lib/text';
import { may } from '../../lib/who.svelte';

export function whyNot(charger: Charger, at: string | null): string | null {
  if (at) return text.charger.inPast;
  if (!may('control')) return text.words.mayNot;
  return charger.connectionStatus?.status === 'Connected' ? null : text.charger.offline;
}
