// English. Each page has its part; a text with numbers or names in it is a function.

import { access } from './access';
import { alerts } from './alerts';
import { charger } from './charger';
import { chargers } from './chargers';
import { commissioning } from './commissioning';
import { health } from './health';
import { map } from './map';
import { overview } from './overview';
import { past } from './past';
import { planning } from './planning';
import { reference } from './reference';
import { screen } from './screen';
import { session } from './session';
import { sessions } from './sessions';
import { settings } from './settings';
import { shell } from './shell';
import { signin } from './signin';
import { site } from './site';
import { sites } from './sites';
import { words } from './words';

export const en = {
  access,
  alerts,
  charger,
  chargers,
  commissioning,
  health,
  map,
  overview,
  past,
  planning,
  reference,
  screen,
  session,
  sessions,
  settings,
  shell,
  signin,
  site,
  sites,
  words,
};
