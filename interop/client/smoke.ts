// A program of an integrator against the running server, with a client that
// openapi-typescript made of the server's own description: what it may say and
// what it may expect is checked by the compiler. It prints what it found.
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';

declare const process: { env: Record<string, string | undefined> };

const client = createClient<paths>({
  baseUrl: process.env.API ?? '',
  headers: { Authorization: `Bearer ${process.env.KEY}` },
});

function must<T>(answer: { data?: T; error?: { error: string }; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.url}: ${answer.response.status} ${answer.error?.error}`);
  }
  return answer.data;
}

const sites = must(await client.GET('/api/sites'));
if (!('data' in sites) || !Array.isArray(sites.data)) {
  throw new Error('no list of sites');
}
const first = sites.data[0]?.chargers[0];
if (!first) {
  throw new Error('no charger');
}
const charger = must(await client.GET('/api/chargers/{id}', { params: { path: { id: String(first.id) } } })).data;
const byIdentity = must(await client.GET('/api/chargers/by-ocpp-id/{id}', { params: { path: { id: charger.ocppId ?? '' } } })).data;

const card = must(await client.POST('/api/access-ids', {
  body: { accessId: { type: 'RFID', name: 'Smoke', ocppIdTag: '04SMOKE', customer: { name: 'Smoke & Sons' } } },
})).accessId;
const revoked = must(await client.PATCH('/api/access-ids/{id}', {
  params: { path: { id: String(card.id) } },
  body: { accessId: { authorizationStatus: 'Revoked', customer: null } },
})).accessId;
const vehicle = must(await client.POST('/api/vehicles', { body: { vehicle: { name: 'Van', accessIds: [{ ocppIdTag: '04SMOKE' }] } } })).vehicle;

let sessions = 0;
for (let cursor: string | undefined; ;) {
  const page = must(await client.GET('/api/charging-sessions', {
    params: { query: { includeInProgressSessions: 'true', ...(cursor === undefined ? {} : { nextPageCursor: cursor }) } },
  }));
  sessions += page.data.length;
  if (page.pagination.nextPageCursor === null) {
    break;
  }
  cursor = page.pagination.nextPageCursor;
}
const health = must(await client.GET('/api/charger-health'));
const alerts = must(await client.GET('/api/alerts'));
const wrong = await client.GET('/api/chargers/{id}', { params: { path: { id: '999999' } } });

console.log(JSON.stringify({
  charger: charger.id,
  same: byIdentity.id === charger.id,
  status: revoked.authorizationStatus,
  customer: revoked.customer,
  attached: vehicle.accessIds[0]?.ocppIdTag,
  sessions,
  health: health.data.length,
  alerts: alerts.data.length,
  unknown: [wrong.response.status, wrong.error?.error],
}));
