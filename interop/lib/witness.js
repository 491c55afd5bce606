// The witness sees every OCPP message that any client of this process sends or
// receives, whichever library the client comes from: all of them stand on the
// one installed "ws". It checks each answer and each call of the server against
// the official schemas as typed-ocpp ships them. A test file ends with
// assertCleanRecord, so an answer of the wrong form fails it even where the
// client library took it.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { OCPP16 } from 'typed-ocpp';

const CALL = 2;
const CALLRESULT = 3;
const CALLERROR = 4;

// What OCPP-J 1.6 section 4.2.3 lists, its spelling included.
const errorCodes = new Set([
  'NotImplemented', 'NotSupported', 'InternalError', 'ProtocolError', 'SecurityError', 'FormationViolation',
  'PropertyConstraintViolation', 'OccurenceConstraintViolation', 'TypeConstraintViolation', 'GenericError',
]);

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
  if (Array.isArray(frame) && Number(frame[0]) === CALL) {
    if (!asked.has(socket)) {
      asked.set(socket, new Map());
    }
    asked.get(socket).set(String(frame[1]), frame);
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
      checkResult(asked.get(socket)?.get(String(frame[1])), frame, text);
      break;
    case CALLERROR:
      record.errors++;
      checkError(frame, text);
      break;
    case CALL:
      record.calls++;
      if (!OCPP16.validateCall(frame)) {
        fault(text, OCPP16.validateCall.errors);
      }
      break;
    default:
      fault(text, 'not a message of OCPP-J 1.6');
  }
}

function checkResult(call, frame, text) {
  if (!call) {
    fault(text, 'answers a call that was never made on this socket');
    return;
  }
  const schema = OCPP16.schemas[`${actionOf(call)}Response`];
  if (!schema) {
    fault(text, `answers an unknown action ${call[2]} with a result`);
    return;
  }
  if (frame[1] !== call[1]) {
    fault(text, `the id was sent as ${JSON.stringify(call[1])}`);
  }
  // Only the form of the answer is judged: the call itself, and with it the id,
  // may be odd on purpose.
  const id = String(frame[1]);
  const result = [CALLRESULT, id, ...frame.slice(2)];
  if (!OCPP16.validateCallResult(result)) {
    fault(text, OCPP16.validateCallResult.errors);
  } else if (!OCPP16.checkCallResult(result, [CALL, id, actionOf(call), {}])) {
    fault(text, OCPP16.checkCallResult.errors);
  }
}

// Chargers write actions in other letter cases, too; the server understands them.
function actionOf(call) {
  const wanted = String(call[2]).toLowerCase();
  return Object.values(OCPP16.Action).find((action) => action.toLowerCase() === wanted) ?? call[2];
}

function checkError(frame, text) {
  if (frame.length !== 5) {
    fault(text, 'a CALLERROR has five elements');
  } else if (!errorCodes.has(frame[2])) {
    fault(text, `${frame[2]} is no error code of OCPP 1.6`);
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
