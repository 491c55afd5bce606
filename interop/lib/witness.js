// The witness sees every OCPP message that any client of this process sends or
// receives, whichever library the client comes from: all of them stand on the
// one installed "ws". It checks each answer and each call of the server against
// the official schemas as typed-ocpp ships them. A test file ends with
// assertCleanRecord, so an answer of the wrong form fails it even where the
// client library took it.
import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import WebSocket from 'ws';
// Only the schemas: the library itself compiles all of them, which takes seconds.
import * as schemas16 from 'typed-ocpp/dist/ocpp16/schemas.js';
import * as schemas201 from 'typed-ocpp/dist/ocpp20/schemas.js';
import * as schemas21 from 'typed-ocpp/dist/ocpp21/schemas.js';

const CALL = 2;
const CALLRESULT = 3;
const CALLERROR = 4;
const SEND = 6;

// What OCPP-J 1.6 section 4.2.3 lists, its spelling included, and OCPP 2.0.1
// part 4 section 4.3.
const common = [
  'NotImplemented', 'NotSupported', 'InternalError', 'ProtocolError', 'SecurityError', 'PropertyConstraintViolation',
  'TypeConstraintViolation', 'GenericError',
];
const errorCodes1 = new Set([...common, 'FormationViolation', 'OccurenceConstraintViolation']);
const errorCodes2 = new Set([...common, 'FormatViolation', 'OccurrenceConstraintViolation', 'MessageTypeNotSupported', 'RpcFrameworkError']);

// A socket without a subprotocol is OCPP 1.6, where that may be assumed.
const versions = {
  '': [schemas16, errorCodes1], 'ocpp1.6': [schemas16, errorCodes1], 'ocpp2.0.1': [schemas201, errorCodes2], 'ocpp2.1': [schemas21, errorCodes2],
};

// judges are the compiled schemas, each once it is needed.
const ajv = new Ajv({ strict: false, multipleOfPrecision: 3 });
formats.default(ajv);
const judges = new Map();

// faultsOf returns what a schema has against a payload; null for nothing.
function faultsOf(schema, payload) {
  if (!judges.has(schema)) {
    const { $id, id, ...rest } = schema; // the same in several versions
    judges.set(schema, ajv.compile(rest));
  }
  const judge = judges.get(schema);
  return judge(payload) ? null : ajv.errorsText(judge.errors);
}

const record = { answers: 0, errors: 0, calls: 0, faults: [] };
const asked = new WeakMap(); // socket -> message id -> call
const unfinished = new WeakMap(); // socket -> what it sent of a fragmented message

const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data, ...rest) {
  const text = (unfinished.get(this) ?? '') + data;
  if (rest[0]?.fin === false) {
    unfinished.set(this, text);
  } else {
    unfinished.delete(this);
    remember(this, text);
  }
  return send.call(this, data, ...rest);
};

const emit = WebSocket.prototype.emit;
WebSocket.prototype.emit = function (event, data, ...rest) {
  if (event === 'message') {
    check(this, String(data));
  }
  return emit.call(this, event, data, ...rest);
};

function remember(socket, text) {
  let frame;
  try {
    frame = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return; // a client that sends nonsense on purpose
  }
  if (Array.isArray(frame) && [CALL, SEND].includes(Number(frame[0]))) {
    if (!asked.has(socket)) {
      asked.set(socket, new Map());
    }
    asked.get(socket).set(String(frame[1]), Number(frame[0]) === CALL ? frame : null);
  }
}

function check(socket, text) {
  let frame;
  try {
    frame = JSON.parse(text);
  } catch (err) {
    fault(text, err.message);
    return;
  }
  switch (frame[0]) {
    case CALLRESULT:
      record.answers++;
      checkResult(socket, frame, text);
      break;
    case CALLERROR:
      record.errors++;
      checkError(socket, frame, text);
      break;
    case CALL: {
      record.calls++;
      const [schemas] = versions[socket.protocol];
      const schema = schemas[`${frame[2]}Request`];
      const wrong = frame.length !== 4 ? 'a call has four elements' : schema ? faultsOf(schema, frame[3]) : `no action ${frame[2]}`;
      if (wrong) {
        fault(text, wrong);
      }
      break;
    }
    default:
      fault(text, 'no message that a server may send');
  }
}

function checkResult(socket, frame, text) {
  const [schemas] = versions[socket.protocol];
  const call = asked.get(socket)?.get(String(frame[1]));
  if (call === null) {
    fault(text, 'a SEND is never answered');
    return;
  }
  if (!call) {
    fault(text, 'answers a call that was never made on this socket');
    return;
  }
  const schema = schemas[responseTo(schemas, call[2])];
  if (!schema) {
    fault(text, `answers an unknown action ${call[2]} with a result`);
    return;
  }
  if (frame[1] !== call[1]) {
    fault(text, `the id was sent as ${JSON.stringify(call[1])}`);
  }
  const wrong = frame.length !== 3 ? 'a result has three elements' : faultsOf(schema, frame[2]);
  if (wrong) {
    fault(text, wrong);
  }
}

// responseTo names the schema of the answer to an action. Chargers write
// actions in other letter cases, too; the server understands them.
function responseTo(schemas, action) {
  const wanted = `${action}Response`.toLowerCase();
  return Object.keys(schemas).find((name) => name.toLowerCase() === wanted);
}

function checkError(socket, frame, text) {
  const [, errorCodes] = versions[socket.protocol];
  if (frame.length !== 5) {
    fault(text, 'a CALLERROR has five elements');
  } else if (!errorCodes.has(frame[2])) {
    fault(text, `${frame[2]} is no error code of ${socket.protocol}`);
  } else if (typeof frame[3] !== 'string' || frame[3].length > 255) {
    fault(text, 'the description is a text of at most 255 characters');
  } else if (typeof frame[4] !== 'object' || frame[4] === null || Array.isArray(frame[4])) {
    fault(text, 'the details are an object');
  }
}

function fault(text, reason) {
  record.faults.push(`${text.slice(0, 300)}: ${Array.isArray(reason) ? reason.join('; ') : reason}`);
}

// assertCleanRecord fails when the server ever sent something that its schema
// forbids, or when nothing was witnessed at all.
export function assertCleanRecord() {
  assert.deepEqual(record.faults, [], 'messages of the server that the official schemas refuse');
  assert.ok(record.answers > 0, 'no answer of the server was witnessed');
}
