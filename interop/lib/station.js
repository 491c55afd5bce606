// A Station is a charger made of ocpp-rpc in strict mode, of any version and
// over any security profile. It answers every call with a legal answer unless
// told otherwise, and keeps what came.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { RPCClient } from 'ocpp-rpc';
import { response, validators } from './legal.js';
import { iso } from './times.js';

const boots = {
  'ocpp1.6': { chargePointVendor: 'Nordlys', chargePointModel: 'AC-22', firmwareVersion: '1.4.2' },
  'ocpp2.0.1': { reason: 'PowerUp', chargingStation: { vendorName: 'Nordlys', model: 'DC-180', firmwareVersion: '2.4.2' } },
  'ocpp2.1': { reason: 'PowerUp', chargingStation: { vendorName: 'Nordlys', model: 'DC-400', firmwareVersion: '3.4.2' } },
};

const register = (wh) => ({ timestamp: iso(), sampledValue: [{ value: wh, measurand: 'Energy.Active.Import.Register', unitOfMeasure: { unit: 'Wh' } }] });

export class Station {
  violations = []; // of the schemas, in either direction
  calls = []; // of the server
  answers = {}; // by action: an answer, or a function of the payload that gives one

  // connect opens a connection. Options are those of ocpp-rpc's client; without
  // an endpoint it is the server's plain one.
  static async connect(server, identity, protocol, options = {}) {
    const station = new Station(identity, protocol);
    station.client = new RPCClient({
      endpoint: server.ws, identity, protocols: [protocol], strictMode: true, strictModeValidators: validators,
      reconnect: false, callTimeoutMs: 5000, ...options,
    });
    station.client.on('strictValidationFailure', ({ method, error, outbound, isCall }) => {
      station.violations.push(`${outbound ? 'sent' : 'received'} ${isCall ? 'call' : 'answer'} ${method}: ${error.message}`);
    });
    station.client.handle(({ method, params }) => station.#answer(method, params));
    await station.client.connect();
    assert.equal(station.client.protocol, protocol);
    return station;
  }

  constructor(identity, protocol) {
    this.identity = identity;
    this.protocol = protocol;
    this.old = protocol === 'ocpp1.6';
  }

  async #answer(action, payload) {
    this.calls.push({ action, payload });
    const answer = this.answers[action];
    return typeof answer === 'function' ? answer(payload) : answer ?? response(this.protocol, action);
  }

  call(action, payload = {}) {
    return this.client.call(action, payload);
  }

  async boot() {
    const answer = await this.call('BootNotification', boots[this.protocol]);
    assert.equal(answer.status, 'Accepted');
    return answer;
  }

  // status reports the state of a port, in words that all versions know.
  status(port, word) {
    return this.call('StatusNotification', this.old
      ? { connectorId: port, errorCode: 'NoError', status: word, timestamp: iso() }
      : { evseId: port, connectorId: 1, connectorStatus: word, timestamp: iso() });
  }

  // begin starts a session for a tag and returns how the version names its
  // transaction.
  async begin(port, tag, { remoteStartId, meter = 1000 } = {}) {
    if (this.old) {
      const { transactionId } = await this.call('StartTransaction', { connectorId: port, idTag: tag, meterStart: meter, timestamp: iso() });
      return transactionId;
    }
    const transactionId = randomUUID();
    const { idTokenInfo } = await this.call('TransactionEvent', {
      eventType: 'Started', triggerReason: remoteStartId ? 'RemoteStart' : 'Authorized', seqNo: 0, timestamp: iso(), evse: { id: port, connectorId: 1 },
      transactionInfo: { transactionId, chargingState: 'Charging', ...(remoteStartId && { remoteStartId }) },
      idToken: { idToken: tag, type: 'ISO14443' }, meterValue: [register(meter)],
    });
    assert.ok(idTokenInfo, 'a token is answered');
    return transactionId;
  }

  // end stops a session.
  end(port, transactionId, { meter = 2000, remote = false } = {}) {
    return this.old
      ? this.call('StopTransaction', { transactionId, meterStop: meter, timestamp: iso(), reason: remote ? 'Remote' : 'Local' })
      : this.call('TransactionEvent', {
        eventType: 'Ended', triggerReason: remote ? 'RemoteStop' : 'StopAuthorized', seqNo: 9, timestamp: iso(), evse: { id: port, connectorId: 1 },
        transactionInfo: { transactionId, stoppedReason: remote ? 'Remote' : 'Local' }, meterValue: [register(meter)],
      });
  }

  // called returns the payload of the last call of an action.
  called(action) {
    const call = this.calls.findLast((c) => c.action === action);
    assert.ok(call, `${this.identity} was never called with ${action}`);
    return call.payload;
  }

  assertClean() {
    assert.deepEqual(this.violations, [], `schemas violated between the server and ${this.identity}`);
  }

  async close() {
    await this.client.close();
    this.assertClean();
  }
}
