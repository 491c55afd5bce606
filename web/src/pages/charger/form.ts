// A message as a form: the form's state is the JSON that will be sent, with
// null where a figure is still missing.

import type { Member } from './wire';

export type Value = string | number | boolean | null | Value[] | Fields;
export interface Fields {
  [name: string]: Value;
}

export type Wrong = 'missing' | 'long' | 'number' | 'whole' | 'low' | 'high' | 'decimals' | 'word' | 'few' | 'many' | 'time' | 'truth' | 'kind' | 'stranger';

export interface Problem {
  /** Such as chargingProfile.chargingSchedule[0].id. */
  path: string;
  what: Wrong;
  /** The bound that is passed. */
  bound?: number;
}

/** isFields reports whether a value is an object. */
export function isFields(v: unknown): v is Fields {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}

/** blankItem is what a member, or one item of a list, holds before anything is entered. */
export function blankItem(m: Member): Value {
  switch (m.type) {
    case 'object':
      return blank(m.members ?? []);
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
    case 'any':
      return null;
    default:
      return m.words && m.words.length === 1 ? m.words[0]! : '';
  }
}

/** blankMember is what a member holds when it is added to the form. */
export function blankMember(m: Member): Value {
  return m.list ? Array.from({ length: Math.max(1, m.minItems ?? 1) }, () => blankItem(m)) : blankItem(m);
}

/** blank is a form with the members that must be there. */
export function blank(members: Member[]): Fields {
  return Object.fromEntries(members.filter((m) => m.required).map((m) => [m.name, blankMember(m)]));
}

/** without returns the fields without one. */
export function without(v: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(v).filter(([n]) => n !== name));
}

/** inOrder puts the fields in the order of the table, so that the JSON reads as the form does. */
export function inOrder(members: Member[], v: Fields): Fields {
  const known = members.filter((m) => m.name in v).map((m): [string, Value] => [m.name, v[m.name]!]);
  const strange = Object.entries(v).filter(([n]) => !members.some((m) => m.name === n));
  return Object.fromEntries([...known, ...strange]);
}

/** problems lists what the server would refuse. */
export function problems(members: Member[], v: Fields, at = ''): Problem[] {
  const found: Problem[] = [];
  const pathOf = (name: string) => (at ? `${at}.${name}` : name);
  for (const m of members) {
    const path = pathOf(m.name);
    const value = v[m.name];
    if (value === undefined) {
      if (m.required) found.push({ path, what: 'missing' });
    } else if (!m.list) found.push(...itemProblems(m, value, path));
    else if (!Array.isArray(value)) found.push({ path, what: 'kind' });
    else {
      if (value.length < (m.minItems ?? 1)) found.push({ path, what: 'few', bound: m.minItems ?? 1 });
      if (m.maxItems && value.length > m.maxItems) found.push({ path, what: 'many', bound: m.maxItems });
      value.forEach((item, i) => found.push(...itemProblems(m, item, `${path}[${i}]`)));
    }
  }
  for (const name of Object.keys(v)) {
    if (name !== 'customData' && !members.some((m) => m.name === name)) found.push({ path: pathOf(name), what: 'stranger' });
  }
  return found;
}

function itemProblems(m: Member, v: Value, path: string): Problem[] {
  if (m.type === 'any') return v === null ? [{ path, what: 'missing' }] : [];
  if (m.type === 'object') return isFields(v) ? problems(m.members ?? [], v, path) : [{ path, what: 'kind' }];
  if (v === null || v === '') return [{ path, what: 'missing' }];
  if (m.type === 'boolean') return typeof v === 'boolean' ? [] : [{ path, what: 'truth' }];
  if (m.type === 'integer' || m.type === 'number') {
    if (typeof v !== 'number' || !Number.isFinite(v)) return [{ path, what: 'number' }];
    if (m.type === 'integer' && !Number.isInteger(v)) return [{ path, what: 'whole' }];
    if (m.least !== undefined && v < m.least) return [{ path, what: 'low', bound: m.least }];
    if (m.most !== undefined && v > m.most) return [{ path, what: 'high', bound: m.most }];
    if (m.decimals !== undefined && Math.abs(v * 10 ** m.decimals - Math.round(v * 10 ** m.decimals)) > 1e-6) return [{ path, what: 'decimals', bound: m.decimals }];
    return [];
  }
  if (typeof v !== 'string') return [{ path, what: 'kind' }];
  if (m.words && !m.words.includes(v)) return [{ path, what: 'word' }];
  if (m.maxLength && [...v].length > m.maxLength) return [{ path, what: 'long', bound: m.maxLength }];
  if (m.type === 'time' && Number.isNaN(Date.parse(v))) return [{ path, what: 'time' }];
  return [];
}

/** read takes a form out of JSON that was written by hand; null when it is no object. */
export function read(json: string): Fields | null {
  try {
    const v: unknown = JSON.parse(json);
    return isFields(v) ? v : null;
  } catch {
    return null;
  }
}

/** searched narrows the actions to those whose name or description holds every word. */
export function searched<A extends { action: string; description?: string }>(actions: A[], text: string): A[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return actions.filter((a) => {
    // "SetChargingProfile" is found by "charging profile" too.
    const where = `${a.action} ${a.action.replace(/([a-z])([A-Z])/g, '$1 $2')} ${a.description ?? ''}`.toLowerCase();
    return words.every((w) => where.includes(w));
  });
}
