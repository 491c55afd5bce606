package httpapi

import (
	"net/http"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// chargerRoutes are the resources of chargers: what they told, and what they
// are told.
func (a *API) chargerRoutes() []route {
	var list []route
	get := func(path string, handle http.HandlerFunc) {
		list = append(list, route{path: path, handle: handle, cors: true})
	}
	post := func(path string, handle http.HandlerFunc) {
		list = append(list, route{method: http.MethodPost, path: path, handle: handle, cors: true})
	}
	const read, control, manage = charging.PermitRead, charging.PermitControl, charging.PermitManage
	if a.cfg.Messages != nil {
		get("/api/ocpp-messages", a.permitted(read, a.messages))
		get("/api/ocpp-messages/{id}", a.permitted(read, a.message))
	}
	if a.cfg.LiveMessages != nil {
		get("/api/ocpp-messages/stream", a.permitted(read, a.streamMessages))
	}
	if a.cfg.Records != nil {
		get("/api/chargers/{id}/variables", a.ofCharger(read, a.variables))
		get("/api/chargers/{id}/history", a.ofCharger(read, a.history))
		get("/api/chargers/{id}/quirks", a.ofCharger(read, a.quirks))
		get("/api/chargers/{id}/local-list", a.ofCharger(read, a.localList))
	}
	if a.cfg.Catalogue != nil {
		get("/api/ocpp/actions", a.permitted(read, a.actions))
	}
	if a.cfg.Commands != nil {
		get("/api/commands/{id}", a.permitted(read, a.getCommand))
		get("/api/chargers/{id}/commands", a.ofCharger(read, a.listCommands))
		post("/api/chargers/{id}/commands", a.ofCharger(control, a.postCommand))
		for _, name := range charging.OrderNames() {
			post("/api/chargers/{id}/"+name, a.postOrder(name))
		}
	}
	if a.cfg.Settings != nil {
		post("/api/chargers/{id}/next-boot", a.ofCharger(manage, a.postNextBoot))
		post("/api/chargers/{id}/security-profile", a.ofCharger(manage, a.postProfile))
		post("/api/chargers/{id}/password", a.ofCharger(manage, a.postPassword))
	}
	if a.cfg.Files != nil {
		get("/api/chargers/{id}/uploads", a.ofCharger(read, a.uploads))
		get("/api/uploads/{id}/file", a.permitted(read, a.uploadFile))
		get("/api/firmware", a.permitted(manage, a.listFirmware))
		post("/api/firmware", a.permitted(manage, a.addFirmware))
		list = append(list, route{method: http.MethodDelete, path: "/api/firmware/{id}", handle: a.permitted(manage, a.removeFirmware), cors: true})
	}
	return list
}
