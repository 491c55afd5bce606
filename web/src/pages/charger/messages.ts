// Which messages are shown, how they answered, and how they are exported.

import type { Schemas } from '../../lib/api/client';

/** What was said may be anything. */
export type Message = Omit<Schemas['Message'], 'messagePayload' | 'messageResponse'> & { messagePayload: unknown; messageResponse: unknown };

export interface Filter {
  action: string;
  sentBy: '' | 'charger' | 'server';
  errors: boolean;
  /** Stands somewhere in the message or its answer; case does not matter. */
  text: string;
}

const bad = new Set(['Rejected', 'Invalid', 'Blocked', 'Expired', 'Faulted', 'NotSupported', 'Unknown', 'UnlockFailed', 'Failed']);

/** failedMessage reports whether a message tells of something that went wrong: an error, a refusal, or a fault. */
export function failedMessage(m: Message): boolean {
  const answer = m.messageResponse;
  if (answer && typeof answer === 'object') {
    if ('errorCode' in answer) return true;
    if ('status' in answer && bad.has(String(answer.status))) return true;
    if ('idTagInfo' in answer && refuses(answer.idTagInfo)) return true;
    if ('idTokenInfo' in answer && refuses(answer.idTokenInfo)) return true;
  }
  const said = m.messagePayload;
  return !!said && typeof said === 'object' && 'errorCode' in said && said.errorCode !== 'NoError';
}

function refuses(info: unknown): boolean {
  return !!info && typeof info === 'object' && 'status' in info && info.status !== 'Accepted';
}

/** passes reports whether a message is shown. */
export function passes(m: Message, f: Filter): boolean {
  if (f.action && m.messageType !== f.action) return false;
  if (f.sentBy && m.sentBy !== f.sentBy) return false;
  if (f.errors && !failedMessage(m)) return false;
  if (!f.text) return true;
  const wanted = f.text.toLowerCase();
  return JSON.stringify([m.ocppMessageId, m.messagePayload, m.messageResponse]).toLowerCase().includes(wanted);
}

/** tookMs is the time from call to answer; null without an answer. */
export function tookMs(m: Message): number | null {
  return m.answeredAt ? Math.max(0, Date.parse(m.answeredAt) - Date.parse(m.createdAt)) : null;
}

/** merge puts messages read anew before those that are there; each stands once, newest first, and the newest version wins. */
export function merge(read: Message[], there: Message[]): Message[] {
  const known = new Set(read.map((m) => m.id));
  return [...read, ...there.filter((m) => !known.has(m.id))].sort((a, b) => b.id - a.id);
}

/** jsonl writes one message a line, oldest first. */
export function jsonl(messages: Message[]): string {
  return [...messages].reverse().map((m) => JSON.stringify(m) + '\n').join('');
}
