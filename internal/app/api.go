package app

import "net/http"

// newAPI makes the people's door.
func (a *App) newAPI() http.Handler { return http.NotFoundHandler() }
