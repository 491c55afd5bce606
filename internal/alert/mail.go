package alert

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Ways of securing the connection to a mail server.
const (
	MailStartTLS = "starttls" // in plain at first, and TLS before anything is said
	MailTLS      = "tls"      // from the first byte
	MailPlain    = "none"
)

// MailServer is a server that takes e-mail from us.
type MailServer struct {
	Address        string // host and port; "" for none
	From           string // address that mails are from: "Yard <yard@example.org>"
	User, Password string // "" for none
	Security       string // MailStartTLS by default
	// TLS is for tests; nil for the usual.
	TLS *tls.Config
}

var errNoMailServer = errors.New("no mail server is set; start the server with --smtp-server and --smtp-from")

// Send hands one mail over. The id is the same for each try, so that who receives
// it twice can tell.
func (m MailServer) Send(ctx context.Context, id string, to *charging.Contact, what Mail, at time.Time) error {
	if m.Address == "" {
		return errNoMailServer
	}
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return fmt.Errorf("--smtp-from %q: %w", m.From, err)
	}
	client, err := m.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	return m.hand(client, from.Address, to.Email, message(id, from, to, what, at))
}

// connect returns a client that may send.
func (m MailServer) connect(ctx context.Context) (*smtp.Client, error) {
	host, _, err := net.SplitHostPort(m.Address)
	if err != nil {
		return nil, fmt.Errorf("--smtp-server: %w", err)
	}
	config := m.TLS.Clone()
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.Address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // holds for all that follows
	}
	if m.Security == MailTLS {
		conn = tls.Client(conn, config)
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		conn.Close()
		return nil, err
	}
	if err := m.secure(client, host, config); err != nil {
		client.Close()
		return nil, err
	}
	return client, nil
}

func (m MailServer) secure(client *smtp.Client, host string, config *tls.Config) error {
	if m.Security != MailTLS && m.Security != MailPlain {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return errors.New("the mail server offers no STARTTLS; use --smtp-security tls, or none for a server on this machine")
		}
		if err := client.StartTLS(config); err != nil {
			return err
		}
	}
	if m.User == "" {
		return nil
	}
	// PlainAuth refuses to send a password over a connection that is not secured,
	// but to this machine.
	return client.Auth(smtp.PlainAuth("", m.User, m.Password, host))
}

func (m MailServer) hand(client *smtp.Client, from, to string, text []byte) error {
	if err := client.Mail(from); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = client.Quit() // the mail is handed over
	return nil
}

// message writes a mail in plain text.
func message(id string, from *mail.Address, to *charging.Contact, what Mail, at time.Time) []byte {
	var b bytes.Buffer
	_, domain, _ := strings.Cut(from.Address, "@")
	for _, h := range [][2]string{
		{"From", from.String()},
		{"To", (&mail.Address{Name: to.Name, Address: to.Email}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", oneLine(what.Subject))},
		{"Date", at.Format(time.RFC1123Z)},
		{"Message-ID", "<" + id + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(strings.ReplaceAll(what.Text, "\n", "\r\n"))) // into memory
	_ = w.Close()
	return b.Bytes()
}

// oneLine keeps what chargers and people wrote from adding headers.
func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
