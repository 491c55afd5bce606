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

/** show puts the choice on the page. */
export function show() {
  if (theme.choice === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.choice;
}
