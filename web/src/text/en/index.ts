// English. Each page has its part; a text with numbers or names in it is a function.

import { charger } from './charger';
import { chargers } from './chargers';
import { overview } from './overview';
import { past } from './past';
import { shell } from './shell';
import { signin } from './signin';
import { site } from './site';
import { words } from './words';

export const en = {
  charger,
  chargers,
  overview,
  past,
  shell,
  signin,
  site,
  words,
};
