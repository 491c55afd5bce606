// All words that people read come from src/text: a language is one catalogue.

import { en } from '../text/en';

export type Catalogue = typeof en;

const catalogues: Record<string, Catalogue> = { en };

function chosen(): Catalogue {
  for (const tag of navigator.languages) {
    const found = catalogues[tag] ?? catalogues[tag.split('-')[0]!];
    if (found) return found;
  }
  return en;
}

/** text is the catalogue in the reader's language: text.site.title, text.site.ports(3). */
export const text: Catalogue = chosen();

/** locale is how numbers and dates are written. */
export const locale: string = navigator.language;
