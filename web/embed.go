// Package web holds the console, the page that people use: its source in src, and
// what "npm run build" makes of it in dist, which is committed so that Go alone
// is enough to build the program. "make test" builds it anew and compares.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files are index.html and what it needs.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}

// Pages are the addresses of the console's pages; src/pages/index.ts has the same
// list.
var Pages = []string{
	"/",
	"/sign-in",
	"/setup",
	"/sites/{id}",
	"/chargers",
	"/chargers/{id}",
	"/chargers/{id}/{tab}",
	"/sites",
	"/map",
	"/sites/{id}/{tab}",
	"/sessions",
	"/sessions/{id}",
	"/access",
	"/access/{tab}",
	"/alerts",
	"/alerts/{tab}",
	"/health",
	"/health/{tab}",
	"/planning",
	"/planning/{tab}",
	"/commissioning",
	"/commissioning/{id}",
	"/settings",
	"/settings/{tab}",
	"/reference",
	"/screen",
}
