//go:build race

package fleet_test

import "flag"

// Under the race detector the property tests, which restart the store again and
// again, are ten times as slow. It watches a part of what runs whole without it.
func init() {
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
}
