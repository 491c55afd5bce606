// The witness sees every OCPP message that any client of this process sends or
// receives, whichever library the client comes from: all of them stand on the
// one installed "ws". It checks each answer and each call of the server against
// the official schemas as typed-ocpp ships them. A test file ends with
// assertCleanRecord, so an answer of the wrong form fails it even where the
// client library took it.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { OCPP16, OCPP20, OCPP21 } from 'typed-ocpp';

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
  '': [OCPP16, errorCodes1], 'ocpp1.6': [OCPP16, errorCodes1], 'ocpp2.0.1': [OCPP20, errorCodes2], 'ocpp2.1': [OCPP21, errorCodes2],
};

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
      const [ocpp] = versions[socket.protocol];
      if (!ocpp.validateCall(frame)) {
        fault(text, ocpp.validateCall.errors);
      }
      break;
    }
    default:
      fault(text, 'no message that a server may send');
  }
}

function checkResult(socket, frame, text) {
  const [ocpp] = versions[socket.protocol];
  const call = asked.get(socket)?.get(String(frame[1]));
  if (call === null) {
    fault(text, 'a SEND is never answered');
    return;
  }
  if (!call) {
    fault(text, 'answers a call that was never made on this socket');
    return;
  }
  const action = actionOf(ocpp, call);
  const schema = ocpp.schemas[`${action}Response`];
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
  if (!ocpp.validateCallResult(result)) {
    fault(text, ocpp.validateCallResult.errors);
  } else if (!ocpp.checkCallResult(result, [CALL, id, action, {}])) {
    fault(text, ocpp.checkCallResult.errors);
  }
}

// Chargers write actions in other letter cases, too; the server understands them.
function actionOf(ocpp, call) {
  const wanted = String(call[2]).toLowerCase();
  return Object.values(ocpp.Action).find((action) => action.toLowerCase() === wanted) ?? call[2];
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
