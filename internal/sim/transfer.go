package sim

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// transfer is a file on its way: a log that is uploaded, or firmware that is
// downloaded.
type transfer struct {
	id       int64 // requestId; 0 for none
	signed   bool  // it came by SignedUpdateFirmware
	asked    bool  // it came by GetDiagnostics
	publish  bool  // it is for other chargers
	location string
	status   string // told last
	name     string
	canceled bool

	retries   int64
	wait      time.Duration // between attempts
	check     string        // MD5 that the file must have, for publishing
	signer    string        // PEM of who signed it; "" for unsigned
	signature string
	installAt time.Time
}

func (t *transfer) statusOr(none string) string {
	if t.status == "" {
		return none
	}
	return t.status
}

// defaultRetryWait lies between attempts when the server says nothing.
const defaultRetryWait = 10 * time.Second

// maxDownload bounds what is taken for firmware.
const maxDownload = 256 << 20

// logOf is the order of a log.
type logOf struct {
	Location string `json:"remoteLocation"`
}

func getLog(c *Charger, m *struct {
	Log     logOf  `json:"log"`
	Type    string `json:"logType"`
	Request int64  `json:"requestId"`
	Retries int64  `json:"retries"`
	Wait    int64  `json:"retryInterval"`
}, now instant) any {
	answer := "Accepted"
	if old := c.memory().log; old != nil {
		old.canceled, answer = true, "AcceptedCanceled"
		if c.talk.certificateType() != "" { // 1.6 has no word for it
			c.talk.logs(c, old, "AcceptedCanceled")
		}
	}
	t := &transfer{id: m.Request, location: m.Log.Location, retries: m.Retries, wait: time.Duration(m.Wait) * time.Second,
		name: c.fileName(m.Type, now)}
	c.upload(t, now)
	return object{"status": answer, "filename": t.name}
}

func getDiagnostics(c *Charger, m *struct {
	Location string `json:"location"`
	Retries  int64  `json:"retries"`
	Wait     int64  `json:"retryInterval"`
}, now instant) any {
	if old := c.memory().log; old != nil {
		old.canceled = true
	}
	t := &transfer{asked: true, location: m.Location, retries: m.Retries, wait: time.Duration(m.Wait) * time.Second,
		name: c.fileName("diagnostics", now)}
	c.upload(t, now)
	return object{"fileName": t.name}
}

func (c *Charger) fileName(kind string, now instant) string {
	plain := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' {
			return r
		}
		return '_'
	}, c.cfg.Identity)
	return plain + "-" + kind + "-" + c.fleet.timeOf(now).UTC().Format("20060102T150405") + ".log"
}

// logText is what a charger writes into its logs.
func (c *Charger) logText(now instant) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s, serial %s, firmware %s, %s\n", stamp(c.fleet.timeOf(now)), c.cfg.Make.Vendor,
		c.cfg.Make.Model, c.cfg.Serial, c.firmware(), c.protocol)
	for i := range c.ports {
		p := &c.ports[i]
		fmt.Fprintf(&b, "port %d: %s, %s, register %d Wh, offers %d W, %d visits\n",
			p.number, p.status, p.errorCode, p.register.wattHours(), p.limit, p.visits)
	}
	fmt.Fprintf(&b, "%d messages queued, %d calls made on all connections, connection %d\n", c.out.queue.len(), c.out.ids, c.generation)
	return b.Bytes()
}

// upload tells and does the upload of a log.
func (c *Charger) upload(t *transfer, now instant) {
	c.memory().log = t
	c.later(now, transferDelay, func(now instant) {
		if t.canceled {
			return
		}
		c.told(t, "Uploading", c.talk.logs)
		text := c.logText(now)
		c.away(func(ctx context.Context, client *http.Client) error {
			return tried(ctx, t, func() error { return put(ctx, client, t, text) })
		}, func(_ instant, err error) {
			if t.canceled {
				return
			}
			if c.memory().log = nil; err != nil {
				c.fleet.stats.fault("upload: " + plainText(err))
				c.told(t, "UploadFailure", c.talk.logs)
				return
			}
			c.told(t, "Uploaded", c.talk.logs)
		})
	})
}

// transferDelay lets the answer to a command leave before it is obeyed.
const transferDelay = 500 * time.Millisecond

// told tells how far a transfer is.
func (c *Charger) told(t *transfer, status string, tell func(*Charger, *transfer, string)) {
	t.status = status
	tell(c, t, status)
}

// away does something outside of the charger's lock, with a client that has its
// certificates, and then hands in the result.
func (c *Charger) away(do func(ctx context.Context, client *http.Client) error, then func(now instant, err error)) {
	config := c.tlsConfig()
	c.fleet.running.Go(func() {
		client := c.fleet.client(config)
		defer client.CloseIdleConnections()
		err := do(c.fleet.ctx, client)
		c.do(func(now instant) { then(now, err) })
	})
}

// client returns an HTTP client that follows no redirect, as chargers do not.
func (f *Fleet) client(config *tls.Config) *http.Client {
	return &http.Client{Timeout: time.Minute,
		Transport:     &http.Transport{TLSClientConfig: config, DialContext: f.cfg.Dial},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// tried does something again as often as the server wants.
func tried(ctx context.Context, t *transfer, do func() error) error {
	wait := t.wait
	if wait <= 0 {
		wait = defaultRetryWait
	}
	for attempt := int64(0); ; attempt++ {
		err := do()
		if err == nil || attempt >= t.retries {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// put uploads a text: to the location itself, or under its name when the
// location is a folder.
func put(ctx context.Context, client *http.Client, t *transfer, text []byte) error {
	u, err := url.Parse(t.location)
	if err != nil {
		return err
	}
	if strings.HasSuffix(u.Path, "/") {
		u = u.JoinPath(t.name)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, u.String(), bytes.NewReader(text))
	if err != nil {
		return err
	}
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the server answered %s", answer.Status)
	}
	return nil
}

// fetch downloads a file.
func fetch(ctx context.Context, client *http.Client, location string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s", answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxDownload))
}
