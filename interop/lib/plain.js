// A Plain charger is made of one of the libraries that know neither TLS nor
// strict mode: ocpp-ts for OCPP 1.6, @extrawest/node-ts-ocpp for 2.0.1.
import tls from 'node:tls';
import extrawest from '@extrawest/node-ts-ocpp';
import { OcppClient } from 'ocpp-ts';
import { Station } from './station.js';

export const libraries = [
  { name: 'ocpp-ts', protocol: 'ocpp1.6', Client: OcppClient },
  { name: '@extrawest/node-ts-ocpp', protocol: 'ocpp2.0.1', Client: extrawest.OcppClient },
];

// Both leave a timer of 10 s behind with each call, answered or not. It shall
// not keep the tests running.
const { setTimeout: schedule } = globalThis;
globalThis.setTimeout = (run, delay, ...rest) => {
  const timer = schedule(run, delay, ...rest);
  return delay === 10000 ? timer.unref() : timer;
};

export class Plain {
  // connect resolves with a charger that is connected, or rejects with the
  // client's error. A password is bytes or text; wsOpts are options of TLS.
  static connect(server, { Client, protocol }, identity, { endpoint = server.ws, password, wsOpts = {} } = {}) {
    const plain = new Plain(new Client(identity), identity, protocol);
    const authorization = password && `Basic ${Buffer.concat([Buffer.from(`${identity}:`), Buffer.from(password)]).toString('base64')}`;
    return new Promise((resolve, reject) => {
      plain.client.on('connect', () => resolve(plain));
      plain.client.on('error', reject);
      // They take no options of TLS, so Node is given them while they dial.
      const { connect } = tls;
      tls.connect = (options, ...rest) => connect({ ...options, ...wsOpts }, ...rest);
      plain.client.connect(`${endpoint}/`, authorization && { Authorization: authorization });
      tls.connect = connect;
    });
  }

  constructor(client, identity, protocol) {
    Object.assign(this, { client, identity, protocol, old: protocol === 'ocpp1.6' });
  }

  call(action, payload = {}) {
    return this.client.callRequest(action, payload);
  }

  // answer sets what calls of an action are answered, or how.
  answer(action, answer) {
    this.client.removeAllListeners(action);
    this.client.on(action, (payload, reply) => reply(typeof answer === 'function' ? answer(payload) : answer));
  }

  boot = Station.prototype.boot;
  status = Station.prototype.status;
  begin = Station.prototype.begin;
  end = Station.prototype.end;

  close() {
    this.client.connection.socket.close();
  }
}
