import { expect, test } from 'vitest';
import type { Schemas } from '../../lib/api/client';
import { outcome } from './outcome';

const command = (c: Partial<Schemas['Command']>) => outcome({ status: 'answered', outcome: null, error: null, ...c } as Schemas['Command']);

test('a command was accepted, refused with a reason, or is still open', () => {
  expect(command({ outcome: 'accepted' }).how).toBe('accepted');
  expect(command({ outcome: 'scheduled' }).how).toBe('accepted');
  expect(command({ outcome: 'rejected' })).toEqual({ how: 'refused', why: 'rejected' });
  expect(command({ status: 'sent' }).how).toBe('open');
  expect(command({ status: 'queued' }).how).toBe('open');
  expect(command({ status: 'notConnected', error: { code: null, description: 'the charger is not connected', details: null } })).toEqual({ how: 'refused', why: 'the charger is not connected' });
  expect(command({ status: 'timedOut' })).toEqual({ how: 'refused', why: 'timedOut' });
});
