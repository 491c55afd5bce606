// What the search finds, and where that is.

export interface Found {
  kind: 'site' | 'charger' | 'session' | 'accessId' | 'vehicle';
  id: number;
  name: string;
  matched: { field: string; text: string };
  siteId: number | null;
  siteName: string | null;
}

/** addressOf is the page of what was found. */
export function addressOf(f: Found): string {
  switch (f.kind) {
    case 'site':
      return `/sites/${f.id}`;
    case 'charger':
      return `/chargers/${f.id}`;
    case 'session':
      return `/sessions/${f.id}`;
    case 'accessId':
      return `/access/cards?id=${f.id}`;
    case 'vehicle':
      return `/access/vehicles?id=${f.id}`;
  }
}

/** Latest lets only the last question of several count. */
export class Latest {
  #round = 0;
  #running: AbortController | null = null;

  /** ask waits a moment in milliseconds, then asks; null when another question came meanwhile. */
  async ask<T>(wait: number, question: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.forget();
    const round = this.#round;
    const running = (this.#running = new AbortController());
    await new Promise((then) => setTimeout(then, wait));
    if (round !== this.#round) return null;
    try {
      const answer = await question(running.signal);
      return round === this.#round ? answer : null;
    } catch (e) {
      if (round !== this.#round) return null;
      throw e;
    }
  }

  /** forget lets no question that was asked count. */
  forget() {
    this.#round++;
    this.#running?.abort();
    this.#running = null;
  }
}
