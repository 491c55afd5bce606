export const chargers = {
  title: 'Chargers',
  filter: 'Filter by name, identity, make or serial number',
  status: 'Port status',
  connection: 'Connection',
  ports: 'Ports',
  model: 'Make and model',
  identity: 'Identity',
  shown: (shown: number, all: number) => (shown === all ? `${all} chargers` : `${shown} of ${all} chargers`),
  none: 'No charger matches the filter.',
  empty: 'There is no charger yet.',
};
