import { describe, expect, test } from 'vitest';
import { addressOf, curlOf, exampleOf, found, membersOf, operationsOf, resolved, typeOf, type Document } from './document';

const doc: Document = {
  paths: {
    '/api/things/{id}': {
      patch: {
        tags: ['Things'], operationId: 'changeThing', summary: 'Change a thing', description: 'What is left out stays.',
        parameters: [{ $ref: '#/components/parameters/id' }, { name: 'wait', in: 'query', schema: { type: 'boolean' } }],
        requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
        responses: { '200': { description: 'It.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } }, '404': { $ref: '#/components/responses/NotFound' } },
      },
      get: { tags: ['Things'], operationId: 'getThing', summary: 'One thing', responses: {} },
    },
    '/api/all': { get: { tags: ['All'], operationId: 'all', responses: {} } },
  },
  components: {
    parameters: { id: { name: 'id', in: 'path', required: true, schema: { type: 'integer' } } },
    responses: { NotFound: { description: 'There is none.' } },
    schemas: {
      Thing: { type: 'object', required: ['name', 'kind'], properties: { name: { type: 'string' }, kind: { enum: ['a', 'b'] }, inside: { $ref: '#/components/schemas/Thing' }, many: { type: 'array', items: { type: 'object', properties: { x: { type: ['number', 'null'], description: 'Share.' } } } } } },
    },
  },
};
const list = operationsOf(doc);
const change = list.find((o) => o.id === 'changeThing')!;

test('operations are listed by tag, path and method, with what they refer to', () => {
  expect(list.map((o) => `${o.tag} ${o.method}`)).toEqual(['All GET', 'Things GET', 'Things PATCH']);
  expect(change.parameters.map((p) => p.name)).toEqual(['id', 'wait']);
  expect(change.answers.map((a) => [a.status, a.description])).toEqual([['200', 'It.'], ['404', 'There is none.']]);
  expect(resolved(doc, { $ref: '#/components/nothing/here' })).toEqual({});
});

test('are found by any of their words', () => {
  expect(found(list, 'thing patch').map((o) => o.id)).toEqual(['changeThing']);
  expect(found(list, 'left out').map((o) => o.id)).toEqual(['changeThing']);
  expect(found(list, 'nowhere')).toEqual([]);
});

describe('a schema', () => {
  const schema = { $ref: '#/components/schemas/Thing' };
  test('is a tree of members that ends where it would begin again', () => {
    const members = membersOf(doc, schema);
    expect(members.map((m) => `${'  '.repeat(m.depth)}${m.name}: ${m.type}${m.required ? ' *' : ''}`)).toEqual(['name: string *', 'kind: "a" | "b" *', 'inside: object', 'many: list of object', '  x: number or null']);
    expect(typeOf(doc, { oneOf: [schema, { type: 'null' }] })).toBe('object or null');
  });
  test('gives a body to begin with', () => {
    expect(exampleOf(doc, schema)).toEqual({ name: '', kind: 'a' });
    expect(exampleOf(doc, { example: 3, type: 'integer' })).toBe(3);
  });
});

test('a call is an address and a line for a shell', () => {
  expect(addressOf(change, { wait: 'true' })).toBeNull();
  const address = addressOf(change, { id: '4/1', wait: 'true' })!;
  expect(address).toBe('/api/things/4%2F1?wait=true');
  expect(curlOf('https://x.example', change, address, `{"name":"it's"}`)).toBe(
    `curl -X PATCH -H "Authorization: Bearer $CHARGEYARD_KEY" -H "Content-Type: application/json" -d '{"name":"it'\\''s"}' 'https://x.example/api/things/4%2F1?wait=true'`,
  );
});
