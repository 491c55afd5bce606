// Package alert tells people and programs what they should know: it raises
// alerts by rules, makes events for webhooks, and sends both, by e-mail and as
// signed HTTP requests, from the outbox that is stored with them.
package alert
