package v16

import (
	"github.com/chargeyard/chargeyard/internal/charging"
	"github.com/chargeyard/chargeyard/internal/dialect/reading"
	"github.com/chargeyard/chargeyard/internal/ocpp"
	wire "github.com/chargeyard/chargeyard/internal/ocpp/v16"
)

// progressKinds says which note the actions about updates and uploads make.
var progressKinds = map[string]charging.NoteKind{
	wire.ActionDiagnosticsStatusNotification:    charging.NoteDiagnostics,
	wire.ActionFirmwareStatusNotification:       charging.NoteFirmware,
	wire.ActionSignedFirmwareStatusNotification: charging.NoteSignedFirmware,
	wire.ActionLogStatusNotification:            charging.NoteLog,
}

func progress(m *wire.Progress, e *charging.Event) {
	noted := charging.Noted{Kind: progressKinds[m.Name], Status: reading.Text(e, "status", m.Status)}
	if m.RequestID.Set {
		w := ocpp.NewWriter(nil)
		w.Int("requestId", m.RequestID.V)
		noted.Detail = string(w.End())
	}
	e.Body = noted
}
