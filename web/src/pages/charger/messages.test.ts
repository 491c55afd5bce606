import { expect, test } from 'vitest';
import { failedMessage, jsonl, merge, passes, tookMs, type Filter, type Message } from './messages';

function message(id: number, more: Partial<Message> = {}): Message {
  return {
    id,
    chargerId: 41,
    createdAt: '2026-03-01T10:00:00.000Z',
    answeredAt: '2026-03-01T10:00:00.250Z',
    messageType: 'StatusNotification',
    messagePayload: { connectorId: 1, errorCode: 'NoError', status: 'Available' },
    messageResponse: {},
    ocppChargerIdentity: 'harbor-01',
    ocppMessageId: `m-${id}`,
    protocol: 'ocpp1.6',
    sentBy: 'charger',
    ...more,
  };
}

const all: Filter = { action: '', sentBy: '', errors: false, text: '' };

test('errors are refusals, error answers and faults', () => {
  expect(failedMessage(message(1))).toBe(false);
  expect(failedMessage(message(1, { messagePayload: { errorCode: 'GroundFailure' } }))).toBe(true);
  expect(failedMessage(message(1, { messageResponse: { status: 'Rejected' } }))).toBe(true);
  expect(failedMessage(message(1, { messageResponse: { idTagInfo: { status: 'Blocked' } } }))).toBe(true);
  expect(failedMessage(message(1, { messageResponse: { idTagInfo: { status: 'Accepted' } } }))).toBe(false);
  expect(failedMessage(message(1, { messageResponse: null, answeredAt: null }))).toBe(false);
});

test('every part of the filter narrows', () => {
  const m = message(1);
  expect(passes(m, all)).toBe(true);
  expect(passes(m, { ...all, action: 'Heartbeat' })).toBe(false);
  expect(passes(m, { ...all, sentBy: 'server' })).toBe(false);
  expect(passes(m, { ...all, errors: true })).toBe(false);
  expect(passes(m, { ...all, text: 'AVAIL' })).toBe(true);
  expect(passes(m, { ...all, text: 'faulted' })).toBe(false);
});

test('a message read again replaces itself', () => {
  const waiting = message(2, { answeredAt: null });
  const merged = merge([message(3), message(2)], [waiting, message(1)]);
  expect(merged.map((m) => m.id)).toEqual([3, 2, 1]);
  expect(tookMs(merged[1]!)).toBe(250);
  expect(tookMs(waiting)).toBeNull();
});

test('the export is one message a line, oldest first', () => {
  const lines = jsonl([message(2), message(1)]).split('\n');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[0]!).id).toBe(1);
  expect(lines[2]).toBe('');
});
