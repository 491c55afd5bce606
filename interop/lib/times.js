// What the tests say about times.
import assert from 'node:assert/strict';

// iso returns a time so many seconds from now, as the API writes it.
export function iso(seconds = 0) {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// assertRecent fails unless the text is a time of the API, at most so many
// seconds old.
export function assertRecent(text, seconds = 10) {
  assert.match(text, form);
  const age = (Date.now() - Date.parse(text)) / 1000;
  assert.ok(age > -2 && age < seconds, `${text} is ${age} s old`);
}
