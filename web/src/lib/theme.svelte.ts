// Light, dark, or as the system.

export type Theme = 'auto' | 'light' | 'dark';

const place = 'chargeyard theme';

function kept(): Theme {
  const t = localStorage.getItem(place);
  return t === 'light' || t === 'dark' ? t : 'auto';
}

export const theme = $state({ choice: kept() });

export function choose(t: Theme) {
  theme.choice = t;
  localStorage.setItem(place, t);
  show();
}

/** colours counts changes of the colours, of the choice or of the system's: what is drawn follows it. */
export const colours = $state({ changed: 0 });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => colours.changed++);

/** show puts the choice on the page. */
export function show() {
  if (theme.choice === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.choice;
  colours.changed++;
}
