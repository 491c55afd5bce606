export const site = {
  gone: 'There is no such site, or you may not see it.',
  ports: (n: number) => (n === 1 ? '1 port' : `${n} ports`),
  power: (p: string) => `${p} now`,
  filter: 'Filter by name, vehicle or card',
  status: 'Status',
  noPorts: 'This site has no charger yet.',
  noneShown: 'Nothing matches the filter.',
  since: (ago: string) => `since ${ago}`,
  charged: (kwh: string) => `${kwh} charged`,
  soc: (percent: string) => `${percent} full`,
};
