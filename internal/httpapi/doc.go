// Package httpapi is the people's door: everything over HTTP but the chargers'
// own /ocpp/. It reads the live estate, checks keys and limits, and writes the
// answers of the public API; a resource is a file.
//
// GET /api/sites, the whole estate as one JSON document, is built for polling.
// Each charger is rendered to JSON once for each state that somebody asked for
// (piece.go), neighbouring chargers are joined and compressed as a segment
// (segment.go), and a document is a list of segments kept for a scope
// (view.go, views.go), so that a change costs one charger and one segment,
// however large the estate is.
//
// openapi.yaml describes what is served. The package decides nothing about
// chargers, keeps nothing, and imports charging, fleet and auth only.
package httpapi
