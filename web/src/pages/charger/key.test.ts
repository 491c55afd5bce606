import { expect, test } from 'vitest';
import { keyOf } from './key';

test('a setting is named as the server reads it', () => {
  const v = { component: null, componentInstance: null, evse: null, connector: null, name: 'HeartbeatInterval', instance: null, attribute: 'Actual' };
  expect(keyOf(v)).toBe('HeartbeatInterval');
  expect(keyOf({ ...v, component: 'OCPPCommCtrlr' })).toBe('OCPPCommCtrlr.HeartbeatInterval');
  expect(keyOf({ ...v, component: 'EVSE', evse: 1, name: 'Power', attribute: 'MaxSet' })).toBe('EVSE#1.Power/MaxSet');
  expect(keyOf({ ...v, component: 'Connector', evse: 1, connector: 2, name: 'Available' })).toBe('Connector#1:2.Available');
  expect(keyOf({ ...v, component: 'DeviceDataCtrlr', name: 'ItemsPerMessage', instance: 'GetVariables' })).toBe('DeviceDataCtrlr.ItemsPerMessage[GetVariables]');
});
