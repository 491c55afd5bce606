package alert_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chargeyard/chargeyard/internal/alert"
	"github.com/chargeyard/chargeyard/internal/charging"
)

// sends runs a sender over the yard's outbox until the test is over.
func (y *yard) sends(cfg alert.SenderConfig) {
	y.t.Helper()
	cfg.Every = 10 * time.Millisecond
	sender := alert.NewSender(cfg, y.store, quiet, prometheus.NewRegistry())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { sender.Run(ctx); close(done) }()
	y.t.Cleanup(func() { cancel(); <-done })
}

// puts something into the outbox.
func (y *yard) puts(d charging.Delivery) {
	y.t.Helper()
	if d.CreatedAt.IsZero() {
		d.CreatedAt = time.Now()
	}
	d.NextAt = time.Now()
	if d.Event == "" {
		d.Event = charging.EventTest
	}
	y.must(y.store.AddDeliveries(context.Background(), []charging.Delivery{d}))
}

// becomes waits until a delivery is as it should be.
func (y *yard) becomes(id charging.ID, what string, is func(*charging.Delivery) bool) *charging.Delivery {
	y.t.Helper()
	var d *charging.Delivery
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var err error
		d, err = y.store.Delivery(context.Background(), id)
		y.must(err)
		if is(d) {
			return d
		}
	}
	y.t.Fatalf("delivery %d did not become %s: %+v", id, what, d)
	return nil
}

func delivered(d *charging.Delivery) bool { return !d.DeliveredAt.IsZero() }
func tried(d *charging.Delivery) bool     { return d.Attempts > 0 }

// receiver keeps the requests that it got.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []*http.Request
	body [][]byte
}

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter)) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		r.got, r.body = append(r.got, q), append(r.body, body)
		n := len(r.got)
		r.mu.Unlock()
		answer(n, w)
	}))
	t.Cleanup(r.Close)
	return r
}

func ok(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }

func (r *receiver) requests() ([]*http.Request, [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got, r.body
}

// signedBy checks a signature as the specification of Standard Webhooks words it:
// msg_id.timestamp.payload, HMAC-SHA-256, Base64, "v1," before it.
func signedBy(r *http.Request, body []byte, secret string) bool {
	mac := hmac.New(sha256.New, []byte(secret))
	io.WriteString(mac, r.Header.Get("webhook-id")+"."+r.Header.Get("webhook-timestamp")+"."+string(body))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, signature := range strings.Split(r.Header.Get("webhook-signature"), " ") {
		if signature == want {
			return true
		}
	}
	return false
}

const (
	newSecret = "0123456789abcdef0123456789abcdef"
	oldSecret = "fedcba9876543210fedcba9876543210"
)

func TestAWebhookIsSignedAndTriedAgainUnderTheSameID(t *testing.T) {
	y := newYardAt(t, time.Now().UTC())
	failing := true
	r := newReceiver(t, func(_ int, w http.ResponseWriter) {
		if failing {
			failing = false
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	y.webhook(charging.Webhook{ID: 5, OrganizationID: 3, Name: "Planning", URL: r.URL + "/hook", Secret: []byte(newSecret),
		OldSecret: []byte(oldSecret), OldUntil: time.Now().Add(time.Hour)})
	body := []byte(`{"type":"webhook.test","data":{"a":1}}`)
	y.puts(charging.Delivery{ID: 9, WebhookID: 5, Body: body})
	y.sends(alert.SenderConfig{PrivateTargets: true})
	d := y.becomes(9, "tried", tried)
	if wait := time.Until(d.NextAt); d.LastStatus != 503 || d.LastError != "the receiver answered 503 Service Unavailable" ||
		wait < 3*time.Second || wait > 6*time.Second {
		t.Errorf("%+v, next in %v; want about 5 s after a 503", d, wait)
	}
	d.NextAt = time.Now() // it need not wait here
	y.must(y.store.StoreAttempts(context.Background(), []charging.Attempted{{Delivery: *d, Attempt: charging.DeliveryAttempt{DeliveryID: 9, At: time.Now()}}}))
	d = y.becomes(9, "delivered", delivered)
	if d.Attempts != 2 || d.LastStatus != 200 || d.LastError != "" || !d.NextAt.IsZero() {
		t.Errorf("%+v", d)
	}
	requests, bodies := r.requests()
	if len(requests) != 2 {
		t.Fatalf("%d requests, want 2", len(requests))
	}
	for i, q := range requests {
		if q.Method != http.MethodPost || q.URL.Path != "/hook" || q.Header.Get("webhook-id") != "msg_9" ||
			q.Header.Get("Content-Type") != "application/json" || string(bodies[i]) != string(body) {
			t.Errorf("%s %s %v %s", q.Method, q.URL, q.Header, bodies[i])
		}
		if !signedBy(q, bodies[i], newSecret) || !signedBy(q, bodies[i], oldSecret) || signedBy(q, bodies[i], "another") {
			t.Errorf("signature %q is not that of both secrets", q.Header.Get("webhook-signature"))
		}
	}
	attempts, err := y.store.DeliveryAttempts(context.Background(), 9)
	y.must(err)
	var statuses []int
	for _, a := range attempts {
		statuses = append(statuses, a.Status)
	}
	if diff := cmp.Diff([]int{503, 200}, statuses); diff != "" {
		t.Errorf("tries (-want +got):\n%s", diff)
	}
}

func TestAnOldSecretSignsNoMoreAfterItsTime(t *testing.T) {
	now := time.Now()
	w := &charging.Webhook{Secret: []byte(newSecret), OldSecret: []byte(oldSecret), OldUntil: now}
	if got := alert.Sign(w, "msg_1", now, []byte("{}")); strings.Contains(got, " ") {
		t.Errorf("%q has more than one signature", got)
	}
}

func TestASlowTargetHoldsUpNoOther(t *testing.T) {
	y := newYardAt(t, time.Now().UTC())
	release := make(chan struct{})
	slow := newReceiver(t, func(int, http.ResponseWriter) { <-release })
	defer close(release)
	fast := newReceiver(t, ok)
	y.webhook(charging.Webhook{ID: 5, OrganizationID: 3, Name: "Slow", URL: slow.URL})
	y.webhook(charging.Webhook{ID: 6, OrganizationID: 3, Name: "Fast", URL: fast.URL})
	for i := range charging.ID(100) {
		y.puts(charging.Delivery{ID: 100 + i, WebhookID: 5, Body: []byte("{}")})
	}
	for i := range charging.ID(40) {
		y.puts(charging.Delivery{ID: 300 + i, WebhookID: 6, Body: []byte("{}")})
	}
	y.sends(alert.SenderConfig{PrivateTargets: true})
	for i := range charging.ID(40) {
		y.becomes(300+i, "delivered", delivered)
	}
	if requests, _ := fast.requests(); len(requests) != 40 {
		t.Errorf("%d requests, want 40: each once", len(requests))
	}
}

func TestWhereAWebhookMayNotGo(t *testing.T) {
	y := newYardAt(t, time.Now().UTC())
	inner := newReceiver(t, ok)
	y.webhook(charging.Webhook{ID: 5, OrganizationID: 3, Name: "Inner", URL: inner.URL})
	name := strings.Replace(inner.URL, "127.0.0.1", "localhost", 1)
	y.webhook(charging.Webhook{ID: 6, OrganizationID: 3, Name: "By name", URL: name})
	y.puts(charging.Delivery{ID: 9, WebhookID: 5, Body: []byte("{}")})
	y.puts(charging.Delivery{ID: 10, WebhookID: 6, Body: []byte("{}")})
	y.sends(alert.SenderConfig{})
	for _, id := range []charging.ID{9, 10} {
		d := y.becomes(id, "tried", tried)
		if !strings.Contains(d.LastError, "is private; start the server with --webhook-private to allow it") {
			t.Errorf("%+v", d)
		}
	}
	if requests, _ := inner.requests(); len(requests) != 0 {
		t.Errorf("%d requests came through", len(requests))
	}
}

func TestARedirectIsNotFollowedAndGoneIsTheEnd(t *testing.T) {
	y := newYardAt(t, time.Now().UTC())
	elsewhere := newReceiver(t, ok)
	moved := newReceiver(t, func(_ int, w http.ResponseWriter) {
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	gone := newReceiver(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusGone) })
	y.webhook(charging.Webhook{ID: 5, OrganizationID: 3, Name: "Moved", URL: moved.URL})
	y.webhook(charging.Webhook{ID: 6, OrganizationID: 3, Name: "Gone", URL: gone.URL})
	y.puts(charging.Delivery{ID: 9, WebhookID: 5, Body: []byte("{}")})
	y.puts(charging.Delivery{ID: 10, WebhookID: 6, Body: []byte("{}")})
	y.puts(charging.Delivery{ID: 11, WebhookID: 5, Body: []byte("{}"), CreatedAt: time.Now().Add(-3 * 24 * time.Hour)})
	y.sends(alert.SenderConfig{PrivateTargets: true})
	if d := y.becomes(9, "tried", tried); d.LastStatus != 307 || d.NextAt.IsZero() {
		t.Errorf("%+v, want another try after a 307", d)
	}
	if d := y.becomes(10, "tried", tried); d.LastStatus != 410 || !d.NextAt.IsZero() {
		t.Errorf("%+v, want no other try after a 410", d)
	}
	if d := y.becomes(11, "tried", tried); !d.NextAt.IsZero() {
		t.Errorf("%+v, want no other try after three days", d)
	}
	if requests, _ := elsewhere.requests(); len(requests) != 0 {
		t.Error("the redirect was followed")
	}
}

func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false, "::1": false,
		"fe80::1": false, "fd00::1": false, "::ffff:127.0.0.1": false, "::ffff:8.8.8.8": true, "64:ff9b::7f00:1": false, "ff02::1": false,
	} {
		if got := alert.Public(netip.MustParseAddr(text)); got != want {
			t.Errorf("Public(%s) = %v", text, got)
		}
	}
}

// mailbox is a small SMTP server that keeps what it is given.
type mailbox struct {
	addr string
	tls  *tls.Config // offered as STARTTLS; nil for none
	mu   sync.Mutex
	said []string // commands
	got  []string // mails
}

// newMailbox answers RCPT with that line the first time, and takes the mail after.
func newMailbox(t *testing.T, firstRcpt string, offered *tls.Config) *mailbox {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailbox{addr: listener.Addr().String(), tls: offered}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { m.serve(conn, &firstRcpt) })
		}
	})
	t.Cleanup(func() { listener.Close(); serving.Wait() })
	return m
}

func (m *mailbox) serve(conn net.Conn, firstRcpt *string) {
	defer func() { conn.Close() }()
	in := bufio.NewScanner(conn)
	secured := false
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 mailbox")
	for in.Scan() {
		line := in.Text()
		m.mu.Lock()
		m.said = append(m.said, line)
		refusal := ""
		if strings.HasPrefix(line, "RCPT") {
			refusal, *firstRcpt = *firstRcpt, ""
		}
		m.mu.Unlock()
		switch {
		case refusal != "":
			say(refusal)
		case strings.HasPrefix(line, "EHLO"):
			say("250-mailbox")
			if m.tls != nil && !secured {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case line == "STARTTLS":
			say("220 go on")
			conn, secured = tls.Server(conn, m.tls), true
			in = bufio.NewScanner(conn)
		case strings.HasPrefix(line, "AUTH"):
			say("235 welcome")
		case line == "DATA":
			say("354 go on")
			var text strings.Builder
			for in.Scan() && in.Text() != "." {
				text.WriteString(in.Text() + "\r\n")
			}
			m.mu.Lock()
			m.got = append(m.got, text.String())
			m.mu.Unlock()
			say("250 taken")
		case line == "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func (m *mailbox) mails() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.got
}

func TestAMailSaysWhatItShould(t *testing.T) {
	y := newYardAt(t, time.Now().UTC())
	box := newMailbox(t, "", nil)
	y.contact(charging.Contact{ID: 7, OrganizationID: 3, Name: "Duty Manager", Email: "duty@example.org"})
	text := "Überspannung at Bay 4\n.\nA line that begins\n" + strings.Repeat("long ", 40) + "\n"
	body, err := json.Marshal(alert.Mail{Subject: "Bay 4: Überspannung\r\nBcc: everybody@example.org", Text: text})
	y.must(err)
	y.puts(charging.Delivery{ID: 9, ContactID: 7, Body: body})
	y.sends(alert.SenderConfig{Mail: alert.MailServer{Address: box.addr, From: "Yard <yard@example.org>", User: "yard", Password: "secret",
		Security: alert.MailPlain}})
	y.becomes(9, "delivered", delivered)
	if len(box.mails()) != 1 {
		t.Fatalf("%d mails, want 1", len(box.mails()))
	}
	got, err := mail.ReadMessage(strings.NewReader(box.mails()[0]))
	y.must(err)
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	y.must(err)
	if subject != "Bay 4: Überspannung Bcc: everybody@example.org" || got.Header.Get("Bcc") != "" ||
		got.Header.Get("To") != `"Duty Manager" <duty@example.org>` || got.Header.Get("From") != `"Yard" <yard@example.org>` ||
		got.Header.Get("Message-Id") != "<msg_9@example.org>" {
		t.Errorf("%q %v", subject, got.Header)
	}
	plain, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	y.must(err)
	if got := strings.ReplaceAll(string(plain), "\r\n", "\n"); strings.TrimSpace(got) != strings.TrimSpace(strings.Replace(text, "\n.\n", "\n..\n", 1)) {
		t.Errorf("%q", got)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	want := []string{"MAIL FROM:<yard@example.org>", "RCPT TO:<duty@example.org>", "DATA", "QUIT"}
	if diff := cmp.Diff(want, box.said[len(box.said)-4:]); diff != "" || !strings.HasPrefix(box.said[len(box.said)-5], "AUTH PLAIN ") {
		t.Errorf("it said %q", box.said)
	}
}

func TestAMailThatIsRefusedIsTriedAgain(t *testing.T) {
	y := newYardAt(t, time.Now().UTC())
	box := newMailbox(t, "450 try later", nil)
	y.contact(charging.Contact{ID: 7, OrganizationID: 3, Name: "Duty", Email: "duty@example.org"})
	y.puts(charging.Delivery{ID: 9, ContactID: 7, Body: []byte(`{"subject":"s","text":"t"}`)})
	y.sends(alert.SenderConfig{Mail: alert.MailServer{Address: box.addr, From: "yard@example.org", Security: alert.MailPlain}})
	d := y.becomes(9, "tried", tried)
	if !strings.Contains(d.LastError, "450") || d.NextAt.IsZero() || len(box.mails()) != 0 {
		t.Errorf("%+v", d)
	}
}

func TestAMailGoesOverTLSBeforeAPasswordIsSaid(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	box := newMailbox(t, "", &tls.Config{Certificates: web.TLS.Certificates})
	m := alert.MailServer{Address: box.addr, From: "yard@example.org", User: "yard", Password: "secret",
		TLS: &tls.Config{RootCAs: roots, ServerName: "example.com"}}
	to := &charging.Contact{Name: "Duty", Email: "duty@example.org"}
	if err := m.Send(t.Context(), "msg_1", to, alert.Mail{Subject: "s", Text: "t"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	box.mu.Lock()
	var said []string
	for _, line := range box.said {
		said = append(said, strings.Fields(line)[0])
	}
	box.mu.Unlock()
	if diff := cmp.Diff([]string{"EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"}, said); diff != "" {
		t.Errorf("it said (-want +got):\n%s", diff)
	}
	m.TLS = nil // a certificate that nobody vouches for
	if err := m.Send(t.Context(), "msg_2", to, alert.Mail{Subject: "s", Text: "t"}, time.Now()); err == nil || len(box.mails()) != 1 {
		t.Errorf("%v, and %d mails; want that the certificate is refused", err, len(box.mails()))
	}
}

func TestMailNeedsAServerThatIsSecured(t *testing.T) {
	y := newYardAt(t, time.Now().UTC())
	box := newMailbox(t, "", nil)
	to := &charging.Contact{Name: "Duty", Email: "duty@example.org"}
	send := func(m alert.MailServer) error {
		return m.Send(t.Context(), "msg_1", to, alert.Mail{Subject: "s", Text: "t"}, y.now)
	}
	for want, m := range map[string]alert.MailServer{
		"no mail server is set":              {},
		"the mail server offers no STARTTLS": {Address: box.addr, From: "yard@example.org"},
		`--smtp-from "nobody"`:               {Address: box.addr, From: "nobody", Security: alert.MailPlain},
	} {
		if err := send(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
