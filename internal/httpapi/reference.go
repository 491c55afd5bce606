package httpapi

import (
	"net/http"
	"sync"

	"github.com/chargeyard/chargeyard/internal/httpapi/reference"
)

const stylePath = "/api/docs.css"

// referencePage is the page, made when it is first asked for.
var referencePage = sync.OnceValues(func() ([]byte, error) { return reference.Page([]byte(openAPIJSON), stylePath) })

func (a *API) referenceRoutes() []route {
	return []route{
		{path: "/api/docs", handle: a.docs},
		{path: stylePath, handle: serveText("text/css; charset=utf-8", reference.Style)},
	}
}

// docs answers GET /api/docs.
func (a *API) docs(w http.ResponseWriter, r *http.Request) {
	page, err := referencePage()
	if err != nil {
		a.fail(w, r, err)
		return
	}
	serveText("text/html; charset=utf-8", string(page))(w, r)
}
