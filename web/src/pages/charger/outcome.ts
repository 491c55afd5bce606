// What became of a command, in one of three ways.

import type { Schemas } from '../../lib/api/client';

export type Outcome = { how: 'accepted' | 'refused' | 'open'; why: string };

/** outcome reads a command as it is now. */
export function outcome(c: Schemas['Command']): Outcome {
  if (c.status === 'queued' || c.status === 'sent') return { how: 'open', why: '' };
  if (c.status === 'answered' && (c.outcome === 'accepted' || c.outcome === 'scheduled')) return { how: 'accepted', why: '' };
  return { how: 'refused', why: c.error?.description || c.outcome || c.status };
}
