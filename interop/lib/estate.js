// The estate that the tests import: the very form of GET /api/sites, with what
// an operator adds.
const port = (id, portNumber, rest = {}) => ({
  id, name: `Port ${portNumber}`, portNumber, maximumPowerKw: null, ocppStatus: null, currentChargingSession: null, ...rest,
});

const charger = (id, ocppId, rest = {}) => ({
  id, name: ocppId, manufacturer: null, model: null, serialNumber: null, firmwareVersion: null, latitude: null,
  longitude: null, externalId: null, ocppId, type: null, connectionStatus: null, ports: [], ...rest,
});

export const password = '0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF';

// fast is a charger of which the operator said everything, plain one of which
// only the identity is known.
export const estate = {
  data: [
    {
      id: 12,
      name: 'Harbor Depot',
      address: '77 Pier Rd, Oakvale, WA 98000',
      timezone: 'America/Los_Angeles',
      organization: { id: 3, name: 'Northline Couriers' },
      chargers: [
        charger(41, 'fast', {
          name: 'Bay 4', manufacturer: 'Voltix', model: 'VX-160', serialNumber: 'VX-00917', latitude: 47.6101,
          longitude: -122.3344, externalId: 'NL-0041', type: 'DCFC',
          ports: [
            port(81, 1, { name: 'Left', maximumPowerKw: 160, connectorType: 'CCS1' }),
            port(82, 2, { name: 'Right', maximumPowerKw: 160, connectorType: 'NACS' }),
          ],
        }),
        charger(42, 'plain'),
        charger(43, 'offline', { ports: [port(83, 1)] }),
        charger(44, 'second', { ports: [port(84, 1), port(85, 2)] }),
      ],
    },
    {
      id: 13,
      name: 'Hill Yard',
      address: null,
      timezone: 'Europe/Madrid',
      organization: { id: 3, name: 'Northline Couriers' },
      chargers: [
        charger(45, 'raw', { ports: [port(86, 1)] }),
        charger(46, 'guarded', { password, ports: [port(87, 1)] }),
        charger(47, 'old fashioned', { assumeOcpp16: true, ports: [port(88, 1)] }),
      ],
    },
  ],
  customers: [{ name: 'Linehaul West', organization: { id: 3, name: 'Northline Couriers' } }],
  vehicles: [
    { id: 700, name: 'Van 12', make: 'Ravn', model: 'Cargo E', vin: null, organization: { id: 3, name: 'Northline Couriers' } },
  ],
  accessIds: [
    {
      id: 310, ocppIdTag: 'A0B1C2D3', type: 'RFID', name: 'Card 12', parentIdTag: 'DEPOT', vehicleId: 700,
      customer: { name: 'Linehaul West' },
    },
    { id: 311, ocppIdTag: 'LOST0001', type: 'RFID', name: 'Lost card', authorizationStatus: 'Revoked' },
    { id: 312, ocppIdTag: 'OLD00001', type: 'RFID', name: 'Old card', expiresAt: '2020-01-01T00:00:00Z' },
    { id: 313, ocppIdTag: 'VID:AA11BB22CC33', type: 'Vehicle', name: 'Van 12', vehicleId: 700 },
  ].map((row) => ({ ...row, organization: { id: 3, name: 'Northline Couriers' } })),
};

// yard is a small estate of its own: one site with these chargers, by identity,
// with two ports each, and the access IDs of the estate above.
export function yard(chargers) {
  return {
    ...estate,
    data: [{
      id: 12, name: 'Harbor Depot', address: null, timezone: 'UTC', organization: { id: 3, name: 'Northline Couriers' },
      chargers: Object.entries(chargers).map(([identity, rest], i) => charger(100 + i, identity, {
        ports: [port(200 + 2 * i, 1), port(201 + 2 * i, 2)], ...rest,
      })),
    }],
  };
}
