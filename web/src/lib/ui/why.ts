// Which records of the history answer which question.

import type { Schemas } from '../api/client';

export type What = 'status' | 'connection' | 'session';
type Kind = Schemas['Record']['kind'];

const kinds: Record<What, Kind[]> = {
  status: ['status'],
  connection: ['connected', 'disconnected', 'booted', 'nextBoot', 'securityProfile'],
  session: ['sessionStarted', 'sessionStopped', 'sessionReported', 'sessionOverdue', 'meters', 'tag'],
};

export function kindsFor(what: What): Kind[] {
  return kinds[what];
}
