// Words of the page on a wall.

export const screen = {
  title: 'Screen',
  power: 'Power now',
  available: 'Available',
  charging: 'Charging',
  faulted: 'Faulted',
  offline: 'Offline',
  connecting: 'Connecting …',
  notLive: (since: string) => `Not live. What you see was true ${since}. The screen comes back by itself.`,
  revoked: 'This link was revoked.',
  revokedHelp: 'Somebody who manages the site can make a new one: site, Settings, Screens on the wall.',
  noKey: 'This address carries no key.',
  noKeyHelp: 'Open the whole link again, with everything after the # sign.',
  empty: 'No charger stands at this site yet.',
  page: (n: number, of: number) => `Page ${n} of ${of}`,
};
