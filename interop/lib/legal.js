// Legal payloads of every message, made from the official schemas as ocpp-rpc
// ships them, and the validators that its strict mode judges by.
import { createRequire } from 'node:module';
import rpc from 'ocpp-rpc';

const require = createRequire(import.meta.url);

// ocpp-rpc 2.2.1 looks for "urn:Heartbeat.req", and its file for OCPP 2.1 says
// "urn:HeartbeatRequest": its own validator of that version finds no schema.
// Under the names that it looks for, the same file works. What a text may have
// besides its properties decides nothing, and makes the validator talk.
function named(published) {
  const schema = JSON.parse(JSON.stringify(published), (_, part) => {
    if (part?.type && part.type !== 'object') {
      delete part.additionalProperties;
    }
    return part;
  });
  const name = schema.$id.replace(/^urn:/, '').replace(/\.(req|conf)$/, (_, kind) => (kind === 'req' ? 'Request' : 'Response'));
  const action = name.replace(/(Request|Response)$/, '');
  return { ...schema, $id: `urn:${action}.${name.endsWith('Response') ? 'conf' : 'req'}` };
}

const files = { 'ocpp1.6': 'ocpp1_6', 'ocpp2.0.1': 'ocpp2_0_1', 'ocpp2.1': 'ocpp2_1' };
const schemas = Object.fromEntries(Object.entries(files).map(([protocol, file]) => (
  [protocol, new Map(require(`ocpp-rpc/lib/schemas/${file}.json`).map(named).map((schema) => [schema.$id.slice(4), schema]))]
)));

export const protocols = Object.keys(files);

// validators are for the option strictModeValidators of ocpp-rpc's client.
export const validators = [rpc.createValidator('ocpp2.1', [...schemas['ocpp2.1'].values()])];

// actions lists every action of a version, whoever calls it.
export function actions(protocol) {
  return [...schemas[protocol].keys()].filter((name) => name.endsWith('.req')).map((name) => name.slice(0, -4));
}

// request and response make a legal payload: with full everything that the
// schema allows, as long and as often as it allows; else only what it demands.
export const request = (protocol, action, full = false) => made(protocol, `${action}.req`, full);
export const response = (protocol, action, full = false) => made(protocol, `${action}.conf`, full);

function made(protocol, name, full) {
  const schema = schemas[protocol].get(name);
  if (!schema) {
    throw new Error(`${protocol} has no ${name}`);
  }
  return value(schema, full, schema.definitions, name);
}

function value(schema, full, definitions, key) {
  if (schema.$ref) {
    return value(definitions[schema.$ref.split('/').at(-1)], full, definitions, key);
  }
  if (schema.enum) {
    return schema.enum.at(full ? -1 : 0);
  }
  switch (schema.type) {
    case 'object': return object(schema, full, definitions);
    case 'array': return list(schema, full, definitions, key);
    case 'integer': return schema.minimum ?? (full ? schema.maximum ?? 7 : 1);
    case 'number': return schema.minimum ?? (full ? schema.maximum ?? 16.5 : 6);
    case 'boolean': return full;
    case 'string': return text(schema, full);
    default: return full ? { nested: ['any', 1, null] } : 'any'; // of DataTransfer's data
  }
}

function object(schema, full, definitions) {
  const required = schema.required ?? [];
  const names = Object.keys(schema.properties ?? {}).filter((name) => full || required.includes(name));
  return Object.fromEntries(names.map((name) => [name, value(schema.properties[name], full, definitions, name)]));
}

function list(schema, full, definitions, key) {
  const length = full ? Math.min(schema.maxItems ?? 2, 2) : schema.minItems ?? 0;
  return Array.from({ length }, () => value(schema.items, full, definitions, key));
}

function text({ format, maxLength = 20 }, full) {
  if (format === 'date-time') {
    return new Date(Date.now() + 3600_000).toISOString();
  }
  if (format === 'uri') {
    return 'https://files.example.org/some/file';
  }
  return full ? 'abcdefghi '.repeat(Math.ceil(maxLength / 10)).slice(0, maxLength - 1) + 'x' : 'abc'.slice(0, maxLength);
}
