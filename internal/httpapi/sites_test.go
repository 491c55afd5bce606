package httpapi_test

import "testing"

func TestSites(t *testing.T) {
	t.Run("smoke", func(t *testing.T) {
		y := newYard(t)
		t.Logf("%s", y.get("/api/sites", holdingKey).body)
	})
}
