// A certificate request (PKCS #10) as a charger makes it: a P-256 key and a
// subject. Node signs, but does not write requests.
import { createSign, generateKeyPairSync } from 'node:crypto';

const oids = {
  organization: [0x55, 0x04, 0x0a],
  commonName: [0x55, 0x04, 0x03],
  ecdsaWithSHA256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
};

function der(tag, ...parts) {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...parts) => der(0x30, ...parts);
const named = (oid, text) => der(0x31, sequence(der(0x06, oid), der(0x0c, Buffer.from(text))));

// certificateRequest returns the request and its private key, both in PEM.
export function certificateRequest(organization, commonName) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const info = sequence(
    der(0x02, [0]), sequence(named(oids.organization, organization), named(oids.commonName, commonName)),
    publicKey.export({ type: 'spki', format: 'der' }), der(0xa0),
  );
  const signature = createSign('sha256').update(info).sign(privateKey);
  const whole = sequence(info, sequence(der(0x06, oids.ecdsaWithSHA256)), der(0x03, [0], signature));
  const lines = whole.toString('base64').match(/.{1,64}/g).join('\n');
  return {
    csr: `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}
