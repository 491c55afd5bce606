// What the page asks the server for that has no generated type, and how an order is given.

import { raw, type Schemas } from '../../lib/api/client';
import type { Charger } from '../../lib/live/protocol';

export type Command = Schemas['Command'];

/** A member of a message, as the message table of its version has it. */
export interface Member {
  name: string;
  type: 'text' | 'time' | 'uri' | 'integer' | 'number' | 'boolean' | 'object' | 'any';
  required: boolean;
  list?: boolean;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  words?: string[];
  decimals?: number;
  least?: number;
  most?: number;
  members?: Member[];
  description?: string;
}

export interface Action {
  action: string;
  request: Member[];
  response: Member[];
  description?: string;
  everyday?: boolean;
  destructive?: boolean;
}

export interface Connection {
  connected: boolean;
  since: string | null;
  remoteAddress: string | null;
  protocol: string | null;
  securityProfile: number | null;
  certificate: { subject: string; expiresAt: string } | null;
  clockSkewSeconds: number | null;
  lastMessageAt: string | null;
}

export interface Quirk {
  code: string;
  title: string;
  whatWeDo: string;
  count: number;
  firstSeenAt: string;
  lastSeenAt: string;
  lastMessageId: number | null;
}

async function data<T>(path: string): Promise<T> {
  const body: { data: T } = await (await raw(path)).json();
  return body.data;
}

export const connectionOf = (charger: number) => data<Connection>(`/api/chargers/${charger}/connection`);
export const quirksOf = (charger: number, days: number) => data<Quirk[]>(`/api/chargers/${charger}/quirks?days=${days}`);

const catalogues = new Map<string, Promise<Action[]>>();

/** actionsOf is what can be sent in a version of OCPP; it is asked for once. */
export function actionsOf(protocol: string): Promise<Action[]> {
  let asked = catalogues.get(protocol);
  if (!asked) {
    asked = data<Action[]>(`/api/ocpp/actions?protocol=${encodeURIComponent(protocol)}`);
    asked.catch(() => catalogues.delete(protocol));
    catalogues.set(protocol, asked);
  }
  return asked;
}

/** protocolOf is the version that a charger spoke last; null before its first message. */
export async function protocolOf(charger: Pick<Charger, 'id'>): Promise<string | null> {
  const newest = await data<Schemas['Message'][]>(`/api/ocpp-messages?chargerId=${charger.id}&limit=1`);
  return newest[0]?.protocol ?? null;
}

/** A name that no other order has; pages that did not come by https have no randomUUID. */
function orderKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** How an order is posted; post is called twice with one key, which makes it one order. */
export type Post = (options: { query: { wait: 'true' | 'false' }; header: { 'Idempotency-Key': string } }) => Promise<{ data: Command }>;

/** give sends an order and tells of it when it is kept and when it is answered. */
export async function give(post: Post, told: (c: Command) => void): Promise<Command> {
  const header = { 'Idempotency-Key': orderKey() };
  told((await post({ query: { wait: 'false' }, header })).data);
  const over = (await post({ query: { wait: 'true' }, header })).data;
  told(over);
  return over;
}
