package main

//go:generate go run . docs commands --out ../../docs/reference/commands.md
