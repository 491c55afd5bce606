// What a page asks the server for, and what became of it.

import { untrack } from 'svelte';

/** A Load is one thing asked for: loading, there, or failed. */
export class Load<T> {
  value: T | null = $state.raw(null);
  error: unknown = $state.raw(null);
  loading = $state(true);
  #round = 0;

  constructor(private readonly ask: () => Promise<T>) {}

  /** again asks anew; what is there stays until the answer comes. */
  async again(): Promise<void> {
    const round = ++this.#round;
    this.loading = true;
    try {
      const value = await this.ask();
      if (round !== this.#round) return; // a later question was asked meanwhile
      this.value = value;
      this.error = null;
    } catch (e) {
      if (round !== this.#round) return;
      this.error = e;
    }
    this.loading = false;
  }
}

/**
 * load asks when the component is made, and again whenever what the question
 * reads has changed. Call it while a component is set up.
 */
export function load<T>(ask: () => Promise<T>): Load<T> {
  let question: () => Promise<T> = ask;
  const l = new Load<T>(() => question());
  $effect(() => {
    const answer = ask(); // what it reads before it waits is followed
    question = () => answer;
    untrack(() => void l.again().then(() => (question = ask)));
  });
  return l;
}
