// The witness judges by the schemas that typed-ocpp ships. Here they are held
// against other copies, because a wrong copy would make every other test worth
// less: against ocpp-rpc's, and, when CHARGEYARD_OCPP_SCHEMAS names a folder
// with the files as published (one a message, in folders 1.6, 2.0.1 and 2.1),
// against those. ocpp-ts has an older edition, which is no measure.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { OCPP16, OCPP20, OCPP21 } from 'typed-ocpp';

const require = createRequire(import.meta.url);
const published = process.env.CHARGEYARD_OCPP_SCHEMAS;

// Where typed-ocpp is laxer than the published schemas, all in messages or
// members that this server does not write in OCPP 1.6.
const laxer = [
  'ChangeConfigurationRequest.properties.value.maxLength: 500, typed-ocpp 2048',
  'GetConfigurationResponse.properties.configurationKey.items.properties.value.maxLength: 500, typed-ocpp 2048',
  'StatusNotificationRequest.properties.info.maxLength: 50, typed-ocpp 100',
];

// Keywords that decide nothing about a message.
const remarks = new Set(['$schema', '$id', 'id', '$comment', 'comment', 'title', 'description', 'javaType', 'default', 'definitions', 'additionalItems']);

// judgement keeps of a schema what decides about a message, in one form:
// references followed, remarks dropped, lists sorted.
function judgement(schema, definitions = schema.definitions ?? {}) {
  if (Array.isArray(schema)) {
    return schema.map((item) => judgement(item, definitions));
  }
  if (typeof schema !== 'object' || schema === null) {
    return schema;
  }
  if (schema.$ref) {
    return judgement(definitions[schema.$ref.split('/').at(-1)], definitions);
  }
  const kept = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      kept.properties = Object.fromEntries(Object.keys(value).map((name) => [name, judgement(value[name], definitions)]));
    } else if (key === 'required' || key === 'enum') {
      kept[key] = [...value].sort();
    } else if (key === 'additionalProperties' && schema.type !== 'object') {
      continue; // says nothing about a text
    } else if (!remarks.has(key)) {
      kept[key] = judgement(value, definitions);
    }
  }
  return kept;
}

// differences lists where two judgements differ, with both values.
function differences(path, a, b) {
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => differences(`${path}.${key}`, a[key], b[key]));
  }
  return a === b ? [] : [`${path}: ${JSON.stringify(a)}, typed-ocpp ${JSON.stringify(b)}`];
}

// against compares named schemas with typed-ocpp's.
function against(named, schemas) {
  assert.ok(named.length > 50, `only ${named.length} schemas were found`);
  return named.flatMap(([name, schema]) => {
    assert.ok(schemas[name], `typed-ocpp has ${name}`);
    return differences(name, judgement(schema), judgement(schemas[name]));
  });
}

test('ocpp-rpc and typed-ocpp agree about OCPP 1.6 but for known lengths', () => {
  const named = require('ocpp-rpc/lib/schemas/ocpp1_6.json').map((schema) => {
    const [, action, kind] = /^urn:(\w+)\.(req|conf)$/.exec(schema.$id);
    return [action + (kind === 'req' ? 'Request' : 'Response'), schema];
  });
  assert.deepEqual(against(named, OCPP16.schemas).sort(), laxer);
});

for (const [version, { schemas }, known] of published ? [['1.6', OCPP16, laxer], ['2.0.1', OCPP20, []], ['2.1', OCPP21, []]] : []) {
  test(`typed-ocpp and the published files agree about OCPP ${version} but for known lengths`, () => {
    const named = readdirSync(join(published, version)).filter((file) => file.endsWith('.json')).map((file) => {
      const name = basename(file, '.json');
      const text = readFileSync(join(published, version, file), 'utf8').replace(/^\uFEFF/, '');
      return [schemas[name] ? name : `${name}Request`, JSON.parse(text)];
    });
    assert.deepEqual(against(named, schemas).sort(), known);
  });
}
