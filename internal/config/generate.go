package config

//go:generate go run ../../cmd/chargeyard docs settings --out ../../docs/reference/settings.md
