// Numbers with their units.

import { locale } from './text';

function formatter(digits: number): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const whole = formatter(0);
const tenth = formatter(1);
const hundredth = formatter(2);

/** What stands where there is no figure. */
export const nothing = '–';

type Figure = number | null | undefined;

const absent = (v: Figure): v is null | undefined => v === null || v === undefined;

export function count(v: Figure): string {
  return absent(v) ? nothing : whole.format(v);
}

/** Power, given in kW. */
export function kw(v: Figure): string {
  return absent(v) ? nothing : v >= 1000 ? `${hundredth.format(v / 1000)} MW` : `${tenth.format(v)} kW`;
}

/** Energy, given in kWh. */
export function kwh(v: Figure): string {
  return absent(v) ? nothing : v >= 10_000 ? `${tenth.format(v / 1000)} MWh` : `${(v >= 100 ? tenth : hundredth).format(v)} kWh`;
}

export function amperes(v: Figure): string {
  return absent(v) ? nothing : `${tenth.format(v)} A`;
}

export function volts(v: Figure): string {
  return absent(v) ? nothing : `${whole.format(v)} V`;
}

/** A share of a hundred. */
export function percent(v: Figure, digits = 0): string {
  return absent(v) ? nothing : `${formatter(digits).format(v)} %`;
}

export function bytes(v: Figure): string {
  if (absent(v)) return nothing;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let n = v;
  let i = 0;
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000;
    i++;
  }
  return `${(i === 0 ? whole : tenth).format(n)} ${units[i]}`;
}
