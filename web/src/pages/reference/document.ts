// The server's description of its API, as far as the page needs it.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  format?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  example?: unknown;
  default?: unknown;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Media {
  schema?: Schema;
  example?: unknown;
}

interface Raw {
  tags?: string[];
  operationId: string;
  summary?: string;
  description?: string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, { $ref?: string; description?: string; content?: Record<string, Media> }>;
}

export interface Document {
  paths: Record<string, Record<string, Raw>>;
  components: Record<string, Record<string, unknown>>;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string;
  parameters: Parameter[];
  body: { type: string; schema: Schema | null; example: unknown; required: boolean } | null;
  answers: { status: string; description: string; schema: Schema | null }[];
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** resolved follows a reference within the document; what is none comes back as it is. */
export function resolved<T extends object>(doc: Document, thing: T | { $ref: string }): T {
  let at: unknown = thing;
  for (let n = 0; n < 20 && at && typeof at === 'object' && '$ref' in at && typeof at.$ref === 'string'; n++) {
    at = at.$ref.split('/').slice(1).reduce<unknown>((o, part) => (o && typeof o === 'object' ? (o as Record<string, unknown>)[part] : undefined), doc);
  }
  return (at ?? {}) as T;
}

/** operationsOf lists all operations by tag and path. */
export function operationsOf(doc: Document): Operation[] {
  const list: Operation[] = [];
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of methods) {
      const raw = item[method];
      if (!raw) continue;
      const body = raw.requestBody ? Object.entries(raw.requestBody.content)[0] : undefined;
      list.push({
        id: raw.operationId,
        method: method.toUpperCase(),
        path,
        tag: raw.tags?.[0] ?? '',
        summary: raw.summary ?? '',
        description: raw.description ?? '',
        parameters: (raw.parameters ?? []).map((p) => resolved<Parameter>(doc, p)),
        body: body ? { type: body[0], schema: body[1].schema ?? null, example: body[1].example, required: raw.requestBody?.required ?? false } : null,
        answers: Object.entries(raw.responses).map(([status, r]) => {
          const answer = resolved<{ description?: string; content?: Record<string, Media> }>(doc, r as { $ref: string });
          return { status, description: answer.description ?? '', schema: Object.values(answer.content ?? {})[0]?.schema ?? null };
        }),
      });
    }
  }
  return list.sort((a, b) => a.tag.localeCompare(b.tag) || a.path.localeCompare(b.path) || methods.indexOf(a.method.toLowerCase()) - methods.indexOf(b.method.toLowerCase()));
}

/** found narrows operations to those that hold every word. */
export function found(list: Operation[], text: string): Operation[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((o) => {
    const where = `${o.method} ${o.path} ${o.summary} ${o.tag} ${o.description}`.toLowerCase();
    return words.every((w) => where.includes(w));
  });
}

/** typeOf writes a schema's type in a few words. */
export function typeOf(doc: Document, schema: Schema): string {
  const s = resolved<Schema>(doc, schema as { $ref: string });
  const several = s.oneOf ?? s.anyOf;
  if (several) return [...new Set(several.map((one) => typeOf(doc, one)))].join(' or ');
  if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(' | ');
  const types = Array.isArray(s.type) ? s.type : s.type ? [s.type] : ['any'];
  return types.map((t) => (t === 'array' && s.items ? `list of ${typeOf(doc, s.items)}` : t)).join(' or ');
}

export interface Member {
  name: string;
  type: string;
  required: boolean;
  description: string;
  depth: number;
}

/** membersOf lists the members of a schema as a tree drawn by depth; a cycle ends where it begins again. */
export function membersOf(doc: Document, schema: Schema, depth = 0, seen: readonly string[] = []): Member[] {
  if (depth > 6) return [];
  if (schema.$ref) {
    if (seen.includes(schema.$ref)) return [];
    return membersOf(doc, resolved<Schema>(doc, { $ref: schema.$ref }), depth, [...seen, schema.$ref]);
  }
  const inner = (s: Schema) => membersOf(doc, s, depth, seen);
  if (schema.items) return inner(schema.items);
  const list: Member[] = [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].flatMap(inner);
  for (const [name, of] of Object.entries(schema.properties ?? {})) {
    list.push({ name, type: typeOf(doc, of), required: schema.required?.includes(name) ?? false, description: resolved<Schema>(doc, of as { $ref: string }).description ?? of.description ?? '', depth });
    list.push(...membersOf(doc, of, depth + 1, seen));
  }
  return list;
}

/** exampleOf makes a body out of a schema, where the description has none. */
export function exampleOf(doc: Document, schema: Schema, seen: readonly string[] = []): unknown {
  if (schema.$ref) return seen.includes(schema.$ref) ? null : exampleOf(doc, resolved<Schema>(doc, { $ref: schema.$ref }), [...seen, schema.$ref]);
  if (schema.example !== undefined) return schema.example;
  if (schema.enum) return schema.enum[0];
  const one = (schema.oneOf ?? schema.anyOf ?? schema.allOf)?.[0];
  if (one) return exampleOf(doc, one, seen);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (schema.properties) return Object.fromEntries(Object.entries(schema.properties).filter(([n]) => schema.required?.includes(n)).map(([n, s]) => [n, exampleOf(doc, s, seen)]));
  if (type === 'array') return [];
  if (type === 'integer' || type === 'number') return schema.minimum ?? 0;
  if (type === 'boolean') return false;
  return type === 'string' ? '' : {};
}

/** addressOf fills in an operation's path and query; null while a parameter of the path is missing. */
export function addressOf(o: Operation, values: Record<string, string>): string | null {
  let path = o.path;
  const query = new URLSearchParams();
  for (const p of o.parameters) {
    const value = (values[p.name] ?? '').trim();
    if (p.in === 'path') {
      if (value === '') return null;
      path = path.replace(`{${p.name}}`, encodeURIComponent(value));
    } else if (p.in === 'query' && value !== '') query.set(p.name, value);
  }
  const text = query.toString();
  return path + (text ? `?${text}` : '');
}

/** curlOf writes a call for a shell; a quote in the body is kept whole. */
export function curlOf(origin: string, o: Operation, address: string, body: string | null): string {
  const parts = ['curl'];
  if (o.method !== 'GET') parts.push(`-X ${o.method}`);
  parts.push('-H "Authorization: Bearer $CHARGEYARD_KEY"');
  if (body !== null) parts.push(`-H "Content-Type: ${o.body?.type ?? 'application/json'}"`, `-d '${body.replaceAll("'", "'\\''")}'`);
  parts.push(`'${origin}${address}'`);
  return parts.join(' ');
}
