package config

import "testing"

func TestTheAddressOfTilesMakesSense(t *testing.T) {
	f := func(address, want string) {
		t.Helper()
		c := Default()
		c.MapTiles = address
		if got := errorText(c.Validate()); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
	f("", "")
	f("https://tiles.example.org/{z}/{x}/{y}.png?key=1", "")
	f("http://10.0.0.7:8081/{z}/{x}/{y}", "")
	const like = "write it like https://tiles.example.org/{z}/{x}/{y}.png"
	f("tiles.example.org/{z}/{x}/{y}.png", `--map-tiles: "tiles.example.org/{z}/{x}/{y}.png" is no address of tiles; `+like)
	f("https://{s}.example.org/{z}/{x}/{y}.png", `--map-tiles: "https://{s}.example.org/{z}/{x}/{y}.png" is no address of tiles; `+like)
	f("https://a.example.org;/{z}/{x}/{y}.png", `--map-tiles: "https://a.example.org;/{z}/{x}/{y}.png" is no address of tiles; `+like)
	f("https://tiles.example.org/{z}/{x}.png", `--map-tiles: "https://tiles.example.org/{z}/{x}.png" lacks {y}; `+like)
}
