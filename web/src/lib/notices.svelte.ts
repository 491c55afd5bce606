// Short words about what was just done, for eyes and screen readers.

export interface Notice {
  id: number;
  kind: 'done' | 'failed';
  text: string;
}

export const notices: Notice[] = $state([]);

let numbered = 0;

export function tell(kind: Notice['kind'], text: string) {
  const id = ++numbered;
  notices.push({ id, kind, text });
  if (kind === 'done') setTimeout(() => dismiss(id), 6000);
}

export function dismiss(id: number) {
  const i = notices.findIndex((n) => n.id === id);
  if (i >= 0) notices.splice(i, 1);
}

/** failed tells of an error in its own words. */
export function failed(e: unknown) {
  tell('failed', e instanceof Error ? e.message : String(e));
}
