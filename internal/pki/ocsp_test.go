package pki

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// responder is a real OCSP responder of one authority.
type responder struct {
	*httptest.Server
	ca      minted
	sub     minted // an authority below it, if there is one
	signer  minted // who signs instead of the one that is asked
	status  atomic.Int64
	asked   atomic.Int64
	next    time.Duration // of NextUpdate; 0 means an hour
	attach  bool          // the signer's certificate goes with the answer
	revoked string        // serial number in hex that is revoked, whatever the status
}

func newResponder(t *testing.T) *responder {
	t.Helper()
	r := &responder{ca: mint(t, ecKey(t, elliptic.P256()), nil, authority("MO Root"))}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *responder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.asked.Add(1)
	body, err := io.ReadAll(req.Body)
	question, parseErr := ocsp.ParseRequest(body)
	if err != nil || parseErr != nil || req.Header.Get("Content-Type") != "application/ocsp-request" {
		http.Error(w, "no question", http.StatusBadRequest)
		return
	}
	template := ocsp.Response{
		Status: int(r.status.Load()), SerialNumber: question.SerialNumber, IssuerHash: question.HashAlgorithm,
		ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour), RevokedAt: time.Now().Add(-time.Hour),
	}
	if r.next != 0 {
		template.NextUpdate = time.Now().Add(r.next)
	}
	if r.revoked == question.SerialNumber.Text(16) {
		template.Status = ocsp.Revoked
	}
	if r.attach {
		template.Certificate = r.signer.cert
	}
	issuer := r.ca
	if r.sub.cert != nil && (HashData{Algorithm: "SHA256", IssuerNameHash: hex.EncodeToString(question.IssuerNameHash),
		IssuerKeyHash: hex.EncodeToString(question.IssuerKeyHash)}).issuedBy(r.sub.cert) {
		issuer = r.sub
	}
	signer := issuer
	if r.signer.cert != nil {
		signer = r.signer
	}
	der, err := ocsp.CreateResponse(issuer.cert, signer.cert, template, signer.key)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(der)
}

// contract makes a contract certificate.
func (r *responder) contract(t *testing.T, parent *minted, cn string) minted {
	return mint(t, ecKey(t, elliptic.P256()), parent, func(c *x509.Certificate) {
		c.Subject.CommonName, c.OCSPServer = cn, []string{r.URL}
	})
}

func hashes(t *testing.T, cert, issuer *x509.Certificate) HashData {
	t.Helper()
	data, err := NewHashData(cert, issuer, "SHA256")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func local(roots ...*x509.Certificate) OCSPConfig {
	return OCSPConfig{Hosts: []string{"127.0.0.1"}, Roots: roots}
}

// The hashes are held against those that another implementation takes.
func TestHashDataIsThatOfOCSP(t *testing.T) {
	r := newResponder(t)
	leaf := r.contract(t, &r.ca, "DE-ABC-1").cert
	for alg, h := range map[string]crypto.Hash{"SHA256": crypto.SHA256, "SHA384": crypto.SHA384, "SHA512": crypto.SHA512} {
		data, err := NewHashData(leaf, r.ca.cert, alg)
		if err != nil {
			t.Fatal(err)
		}
		der, err := ocsp.CreateRequest(leaf, r.ca.cert, &ocsp.RequestOptions{Hash: h})
		if err != nil {
			t.Fatal(err)
		}
		want, err := ocsp.ParseRequest(der)
		if err != nil {
			t.Fatal(err)
		}
		if data.IssuerNameHash != hex.EncodeToString(want.IssuerNameHash) || data.IssuerKeyHash != hex.EncodeToString(want.IssuerKeyHash) ||
			data.SerialNumber != want.SerialNumber.Text(16) || data.Algorithm != alg || data.ResponderURL != r.URL {
			t.Errorf("%s: got %+v, want %+v", alg, data, want)
		}
	}
	_, err := NewHashData(leaf, r.ca.cert, "MD5")
	refusal(t, err, charging.Invalid, `"MD5" is no hash algorithm of certificates; there are SHA256, SHA384 and SHA512`)
}

// TC_M_24, TC_C_50, TC_C_51: the answer is handed on as it came.
func TestAResponderIsAskedByHashesAlone(t *testing.T) {
	r := newResponder(t)
	data := hashes(t, r.contract(t, &r.ca, "DE-ABC-1").cert, r.ca.cert)
	data.IssuerNameHash = strings.ToUpper(data.IssuerNameHash)
	for status, want := range map[int]Status{ocsp.Good: Good, ocsp.Revoked: Revoked, ocsp.Unknown: Unknown} {
		r.status.Store(int64(status))
		for _, roots := range [][]*x509.Certificate{nil, {r.ca.cert}} {
			answer, err := NewOCSPClient(local(roots...)).Ask(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			if answer.Status != want || answer.Verified != (roots != nil) {
				t.Errorf("got %s, verified %v; want %s", answer.Status, answer.Verified, want)
			}
			if _, err := ocsp.ParseResponse(answer.DER, r.ca.cert); err != nil {
				t.Errorf("the answer itself: %v", err)
			}
		}
	}
}

func TestAnAnswerIsKeptUntilTheNextUpdate(t *testing.T) {
	r := newResponder(t)
	data := hashes(t, r.contract(t, &r.ca, "DE-ABC-1").cert, r.ca.cert)
	c := NewOCSPClient(local(r.ca.cert))
	ask := func(want int64) {
		t.Helper()
		if _, err := c.Ask(t.Context(), data); err != nil {
			t.Error(err)
		}
		if got := r.asked.Load(); got != want {
			t.Errorf("asked %d times, want %d", got, want)
		}
	}
	ask(1)
	ask(1)
	c.now = func() time.Time { return time.Now().Add(61 * time.Minute) }
	r.next = 3 * time.Hour
	ask(2)
	r.status.Store(ocsp.Unknown)
	data.SerialNumber = "1234"
	ask(3)
	ask(4) // what is not known now may be soon
}

func TestAnAnswerOfAStrangerDoesNotCount(t *testing.T) {
	r := newResponder(t)
	data := hashes(t, r.contract(t, &r.ca, "DE-ABC-1").cert, r.ca.cert)
	delegate := func(usages ...x509.ExtKeyUsage) minted {
		return mint(t, ecKey(t, elliptic.P256()), &r.ca, func(c *x509.Certificate) { c.Subject.CommonName, c.ExtKeyUsage = "Responder", usages })
	}
	stranger := mint(t, ecKey(t, elliptic.P256()), nil, authority("Stranger"))
	f := func(signer minted, attach bool, next time.Duration, want string) {
		t.Helper()
		r.signer, r.attach, r.next = signer, attach, next
		_, err := NewOCSPClient(local(r.ca.cert)).Ask(t.Context(), data)
		if want == "" {
			if err != nil {
				t.Error(err)
			}
			return
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) || charging.KindOf(err) != charging.Unavailable {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	f(delegate(x509.ExtKeyUsageOCSPSigning), true, 0, "")
	f(delegate(x509.ExtKeyUsageClientAuth), true, 0, `the responder's answer is signed by "Responder", which is not made for that`)
	f(stranger, true, 0, "the responder's answer cannot be used: ")
	f(stranger, false, 0, "the responder's answer cannot be used: ")
	f(r.ca, false, -10*time.Minute, "the responder's answer is out of date since 2")
}

func TestOnlyRespondersThatMayBeAskedAre(t *testing.T) {
	r := newResponder(t)
	data := hashes(t, r.contract(t, &r.ca, "DE-ABC-1").cert, r.ca.cert)
	f := func(cfg OCSPConfig, address string, kind charging.Kind, want string) {
		t.Helper()
		asked := data
		asked.ResponderURL = address
		_, err := NewOCSPClient(cfg).Ask(t.Context(), asked)
		if err == nil || !strings.Contains(err.Error(), want) || charging.KindOf(err) != kind {
			t.Errorf("%s: got %v (%v)\nwant %s (%v)", address, err, charging.KindOf(err), want, kind)
		}
	}
	f(OCSPConfig{}, r.URL, charging.Unavailable, "the host has an address that is not public; name it among the responders that may be asked")
	f(OCSPConfig{}, "", charging.Invalid, "no responder is named")
	f(OCSPConfig{}, "ocsp.example.org", charging.Invalid, `"ocsp.example.org" is no address of a responder`)
	f(OCSPConfig{}, "file://x/etc/passwd", charging.Refused, `responders are asked by http and https only, and not by "file"`)
	f(OCSPConfig{Hosts: []string{"ocsp.example.org"}}, r.URL, charging.Refused, "is not among those that may be asked")

	away := httptest.NewServer(http.RedirectHandler("ftp://ocsp.example.org/", http.StatusTemporaryRedirect))
	defer away.Close()
	f(local(), away.URL, charging.Unavailable, `responders are asked by http and https only, and not by "ftp"`)
	here := httptest.NewServer(http.RedirectHandler(r.URL, http.StatusTemporaryRedirect))
	defer here.Close()
	data.ResponderURL = here.URL
	if _, err := NewOCSPClient(local()).Ask(t.Context(), data); err != nil {
		t.Errorf("a redirect to an allowed host: %v", err)
	}
	long := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxOCSPResponse+1)) }))
	defer long.Close()
	f(local(), long.URL, charging.Unavailable, "is longer than 65536 bytes")
	gone := httptest.NewServer(http.NotFoundHandler())
	f(local(), gone.URL, charging.Unavailable, "answers with HTTP status 404")
	gone.Close()
	f(local(), gone.URL, charging.Unavailable, "cannot be asked")

	release := make(chan struct{})
	mute := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer mute.Close()
	defer close(release)
	slow := local()
	slow.Timeout = 20 * time.Millisecond
	f(slow, mute.URL, charging.Unavailable, "context deadline exceeded")
}

func TestQuestionsThatMakeNoSenseAreNotAsked(t *testing.T) {
	good := HashData{Algorithm: "SHA256", IssuerNameHash: strings.Repeat("a", 64), IssuerKeyHash: strings.Repeat("b", 64), SerialNumber: "0f"}
	f := func(change func(*HashData), want string) {
		t.Helper()
		data := good
		change(&data)
		_, err := newQuestion(data)
		refusal(t, err, charging.Invalid, want)
	}
	f(func(d *HashData) { d.Algorithm = "SHA1" }, `"SHA1" is no hash algorithm of certificates; there are SHA256, SHA384 and SHA512`)
	f(func(d *HashData) { d.SerialNumber = "xyz" }, `the serial number "xyz" is not hexadecimal`)
	f(func(d *HashData) { d.IssuerNameHash = "aa" }, "the hash of the issuer's name is not one of SHA256 in hex")
	f(func(d *HashData) { d.IssuerKeyHash = "zz" }, "the hash of the issuer's key is not one of SHA256 in hex")
	if _, err := newQuestion(good); err != nil {
		t.Error(err)
	}
}

// TC_C_50, TC_C_51, TC_C_52.
func TestAContractCertificateIsJudged(t *testing.T) {
	r := newResponder(t)
	sub := mint(t, ecKey(t, elliptic.P256()), &r.ca, func(c *x509.Certificate) {
		authority("MO Sub CA")(c)
		c.OCSPServer = []string{r.URL}
	})
	leaf := r.contract(t, &sub, "DE-ABC-1")
	chain := func(list ...*x509.Certificate) string { return string(encodePEM(list...)) }
	whole := chain(leaf.cert, sub.cert)
	is := func(v Verdict, status, reason string) {
		t.Helper()
		if v.Status != status || v.Reason != reason {
			t.Errorf("got %s %q\nwant %s %q", v.Status, v.Reason, status, reason)
		}
	}
	ctx := t.Context()
	r.sub = sub
	knowsAll := local(r.ca.cert, sub.cert)
	if v := NewOCSPClient(local(r.ca.cert)).CheckChain(ctx, whole); v != (Verdict{Status: CertificateAccepted, Verified: true}) {
		t.Errorf("the whole chain: %+v", v)
	}
	if v := NewOCSPClient(local()).CheckChain(ctx, whole+chain(r.ca.cert)); v != (Verdict{Status: CertificateAccepted}) {
		t.Errorf("a chain whose root is not known: %+v", v)
	}
	one := func(change func(*x509.Certificate)) string {
		m := mint(t, ecKey(t, elliptic.P256()), &r.ca, func(c *x509.Certificate) {
			c.Subject.CommonName, c.OCSPServer = "DE-ABC-1", []string{r.URL}
			if change != nil {
				change(c)
			}
		})
		return chain(m.cert)
	}
	is(NewOCSPClient(local(r.ca.cert)).CheckChain(ctx, one(nil)), CertificateAccepted, "")
	is(NewOCSPClient(local()).CheckChain(ctx, one(nil)), CertificateUnavailable, "the issuer of the certificate is not known, so no responder can be asked")
	is(NewOCSPClient(local(r.ca.cert)).CheckChain(ctx, strings.ReplaceAll(one(nil), "\n", `\n`)), CertificateAccepted, "")
	past, future := time.Now().Add(-time.Minute), time.Now().Add(time.Minute)
	is(NewOCSPClient(knowsAll).CheckChain(ctx, one(func(c *x509.Certificate) { c.NotAfter = past })),
		CertificateExpired, `the certificate of "DE-ABC-1" expired on `+day(past))
	is(NewOCSPClient(knowsAll).CheckChain(ctx, one(func(c *x509.Certificate) { c.NotBefore = future })),
		CertificateExpired, `the certificate of "DE-ABC-1" is valid only from `+day(future)+" on")
	is(NewOCSPClient(knowsAll).CheckChain(ctx, "no chain!"), CertificateChain, "the certificate chain is neither PEM nor base64")
	is(NewOCSPClient(knowsAll).CheckChain(ctx, chain(leaf.cert, r.ca.cert)), CertificateChain, `the certificate of "DE-ABC-1" is not followed by that of its issuer`)
	twin := mint(t, ecKey(t, elliptic.P256()), nil, authority("MO Sub CA"))
	is(NewOCSPClient(knowsAll).CheckChain(ctx, chain(leaf.cert, twin.cert)), CertificateSignature, `the certificate of "DE-ABC-1" is not signed by "MO Sub CA"`)
	is(NewOCSPClient(local(twin.cert)).CheckChain(ctx, whole), CertificateChain, `the chain ends with "MO Sub CA", which no known root issued`)

	// By hashes: what the charger sends of a chain that it checked itself.
	data := hashes(t, leaf.cert, sub.cert)
	is(NewOCSPClient(knowsAll).CheckHashes(ctx, []HashData{data}), CertificateAccepted, "")
	is(NewOCSPClient(local()).CheckHashes(ctx, []HashData{data}), CertificateAccepted, "")
	is(NewOCSPClient(local(r.ca.cert)).CheckHashes(ctx, []HashData{data}), CertificateUnavailable, "the responder's answer is signed by no known authority")
	is(NewOCSPClient(knowsAll).CheckHashes(ctx, nil), CertificateUnavailable, "the charger sent no hash data of the certificate")
	dead := data
	dead.ResponderURL = "http://127.0.0.1:1/"
	if v := NewOCSPClient(knowsAll).CheckHashes(ctx, []HashData{data, dead}); v.Status != CertificateUnavailable || !strings.HasPrefix(v.Reason, "the responder http://127.0.0.1:1/ cannot be asked") {
		t.Errorf("got %+v", v)
	}
	r.revoked = data.SerialNumber
	is(NewOCSPClient(knowsAll).CheckHashes(ctx, []HashData{dead, data}), CertificateRevoked, "the certificate with the serial number "+data.SerialNumber+" is revoked")
	r.revoked = ""
	r.status.Store(ocsp.Unknown)
	is(NewOCSPClient(knowsAll).CheckHashes(ctx, []HashData{data}), CertificateUnavailable, "the responder does not know the certificate with the serial number "+data.SerialNumber)
	is(Offline(), CertificateUnavailable, "responders are not asked, so whether the certificate is revoked is not known")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if v := NewOCSPClient(knowsAll).CheckHashes(ended, []HashData{data}); v.Status != CertificateUnavailable {
		t.Errorf("got %+v", v)
	}
}
