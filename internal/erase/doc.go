// Package erase removes persons: a pseudonym takes the place of their tag
// wherever this server keeps it, and the name of their access ID goes.
//
// What an erasure is at is kept with each step, so that one that was interrupted
// goes on at the next start. It works in slices, between which others write.
// What it cannot reach, such as backups, the docs say.
//
// The package imports charging and fleet only, and reaches what is kept through
// its interfaces.
package erase
