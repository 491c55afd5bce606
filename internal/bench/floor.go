package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gobwas/ws"

	"github.com/chargeyard/chargeyard/internal/sim"
)

// ServeFloor answers every OCPP 1.6 call on the listener from a canned text,
// without understanding more of it than its id and action: what no server can
// be faster than. It ends with ctx.
func ServeFloor(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	for {
		sock, err := listener.Accept()
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			defer sock.Close()
			// A charger that breaks off is no fault of the floor.
			_ = answerCanned(sock)
		}()
	}
}

// canned are the answers by action.
var canned = map[string]string{
	"Heartbeat":        `{"currentTime":"2026-01-01T00:00:00.000Z"}`,
	"BootNotification": `{"currentTime":"2026-01-01T00:00:00.000Z","interval":300,"status":"Accepted"}`,
	"Authorize":        `{"idTagInfo":{"status":"Accepted"}}`,
	"StartTransaction": `{"idTagInfo":{"status":"Accepted"},"transactionId":1}`,
	"StopTransaction":  `{"idTagInfo":{"status":"Accepted"}}`,
}

func answerCanned(sock net.Conn) error {
	if err := upgradeFloor(sock); err != nil {
		return err
	}
	in := bufio.NewReaderSize(sock, 512)
	var head [ws.MaxHeaderSize]byte
	text, out := make([]byte, 0, 1024), make([]byte, 0, 128)
	for {
		h, err := ws.ReadHeaderBuffer(in, head[:])
		if err != nil {
			return err
		}
		if int64(cap(text)) < h.Length {
			text = make([]byte, 0, h.Length)
		}
		text = text[:h.Length]
		if _, err := io.ReadFull(in, text); err != nil {
			return err
		}
		if h.OpCode != ws.OpText {
			continue
		}
		ws.Cipher(text, h.Mask, 0)
		// [2,"id","Action",...
		parts := bytes.SplitN(text, []byte(`"`), 5)
		if len(parts) < 5 {
			continue
		}
		answer, ok := canned[string(parts[3])]
		if !ok {
			answer = "{}"
		}
		out = append(out[:0], 0x81, byte(len(answer)+len(parts[1])+7))
		out = append(append(out, `[3,"`...), parts[1]...)
		out = append(append(append(out, `",`...), answer...), ']')
		if _, err := sock.Write(out); err != nil {
			return err
		}
	}
}

func upgradeFloor(sock net.Conn) error {
	if err := sock.SetDeadline(time.Now().Add(handshakeLimit)); err != nil {
		return err
	}
	u := ws.Upgrader{ReadBufferSize: 512, WriteBufferSize: 512,
		Protocol: func(p []byte) bool { return string(p) == sim.Protocol16 },
		OnRequest: func(uri []byte) error {
			if string(uri) == "/readyz" {
				return ws.RejectConnectionError(ws.RejectionStatus(http.StatusOK))
			}
			return nil
		}}
	if _, err := u.Upgrade(sock); err != nil {
		return err
	}
	return sock.SetDeadline(time.Time{})
}
