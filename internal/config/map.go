package config

import (
	"fmt"
	"net/url"
	"strings"
)

// validateMap reports what is wrong with the tiles of the console's map.
func (c *Config) validateMap() error {
	if c.MapTiles == "" {
		return nil
	}
	u, err := url.Parse(c.MapTiles)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(u.Host, " ;,'\"{}*") {
		return fmt.Errorf("--map-tiles: %q is no address of tiles; write it like https://tiles.example.org/{z}/{x}/{y}.png", c.MapTiles)
	}
	for _, part := range []string{"{z}", "{x}", "{y}"} {
		if !strings.Contains(c.MapTiles, part) {
			return fmt.Errorf("--map-tiles: %q lacks %s; write it like https://tiles.example.org/{z}/{x}/{y}.png", c.MapTiles, part)
		}
	}
	return nil
}
