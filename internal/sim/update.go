package sim

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// installTime is how long the charger takes to install firmware.
const installTime = 3 * time.Second

func updateFirmware16(c *Charger, m *struct {
	Location string    `json:"location"`
	Retries  int64     `json:"retries"`
	Retrieve time.Time `json:"retrieveDate"`
	Wait     int64     `json:"retryInterval"`
}, now instant) any {
	t := &transfer{location: m.Location, retries: m.Retries, wait: time.Duration(m.Wait) * time.Second}
	c.update(t, m.Retrieve, now)
	return object{}
}

// updateFirmware obeys UpdateFirmware of 2.x and SignedUpdateFirmware of 1.6.
func updateFirmware(c *Charger, m *struct {
	Request  int64 `json:"requestId"`
	Retries  int64 `json:"retries"`
	Wait     int64 `json:"retryInterval"`
	Firmware struct {
		Location  string     `json:"location"`
		Retrieve  time.Time  `json:"retrieveDateTime"`
		Install   *time.Time `json:"installDateTime"`
		Signer    string     `json:"signingCertificate"`
		Signature string     `json:"signature"`
	} `json:"firmware"`
}, now instant) any {
	f := &m.Firmware
	if f.Signer != "" {
		if cert, err := parsePEM(f.Signer); err != nil || c.fleet.timeOf(now).After(cert.NotAfter) {
			c.security("InvalidFirmwareSigningCertificate", "")
			return status("InvalidCertificate")
		}
	}
	t := &transfer{id: m.Request, signed: true, location: f.Location, retries: m.Retries,
		wait: time.Duration(m.Wait) * time.Second, signer: f.Signer, signature: f.Signature}
	if f.Install != nil {
		t.installAt = *f.Install
	}
	answer := "Accepted"
	if old := c.memory().update; old != nil {
		if old.status == "Installing" || old.status == "InstallRebooting" {
			return status("Rejected") // it cannot be stopped any more
		}
		old.canceled, answer = true, "AcceptedCanceled"
	}
	c.update(t, f.Retrieve, now)
	return status(answer)
}

// update downloads firmware when its time comes, and installs it.
func (c *Charger) update(t *transfer, retrieve time.Time, now instant) {
	c.memory().update = t
	wait := max(retrieve.Sub(c.fleet.timeOf(now)), transferDelay)
	if wait > time.Minute {
		c.told(t, "DownloadScheduled", c.talk.firmware)
	}
	c.later(now, wait, func(instant) {
		if t.canceled {
			return
		}
		c.told(t, "Downloading", c.talk.firmware)
		var file []byte
		c.away(func(ctx context.Context, client *http.Client) error {
			return tried(ctx, t, func() (err error) {
				file, err = fetch(ctx, client, t.location)
				return err
			})
		}, func(now instant, err error) {
			if !t.canceled {
				c.downloaded(t, file, err, now)
			}
		})
	})
}

func (c *Charger) downloaded(t *transfer, file []byte, err error, now instant) {
	if err != nil {
		c.fleet.stats.fault("download: " + plainText(err))
		c.failUpdate(t, "DownloadFailed")
		return
	}
	c.told(t, "Downloaded", c.talk.firmware)
	if t.signer != "" {
		if err := verify(file, t.signer, t.signature); err != nil {
			c.security("InvalidFirmwareSignature", err.Error())
			c.failUpdate(t, "InvalidSignature")
			return
		}
		c.told(t, "SignatureVerified", c.talk.firmware)
	}
	if len(file) == 0 {
		c.failUpdate(t, "InstallVerificationFailed")
		return
	}
	t.name = versionOf(t.location, file)
	wait := t.installAt.Sub(c.fleet.timeOf(now))
	if wait > 0 && !t.installAt.IsZero() {
		c.told(t, "InstallScheduled", c.talk.firmware)
	} else {
		wait = 0
	}
	c.later(now, wait, func(now instant) { c.install(t, now) })
}

func (c *Charger) failUpdate(t *transfer, status string) {
	c.told(t, status, c.talk.firmware)
	c.memory().update = nil
}

// install waits until no session runs, installs and boots.
func (c *Charger) install(t *transfer, now instant) {
	if t.canceled {
		return
	}
	if c.running() > 0 {
		for i := range c.ports {
			if p := &c.ports[i]; p.phase == vacant && p.status == statusAvailable {
				c.setStatus(p, statusUnavailable, noError) // nobody may begin one now
			}
		}
		c.later(now, installTime, func(now instant) { c.install(t, now) })
		return
	}
	c.told(t, "Installing", c.talk.firmware)
	c.later(now, installTime, func(now instant) {
		c.told(t, "InstallRebooting", c.talk.firmware)
		c.memory().firmware = t.name
		c.bootReason = bootFirmware
		c.reset(reasonReboot, now)
	})
}

// versionOf names firmware by its file: what the name says, or the hash.
func versionOf(location string, file []byte) string {
	name := strings.TrimSuffix(path.Base(location), path.Ext(location))
	if name == "" || name == "." || name == "/" || len(name) > 40 {
		sum := sha256.Sum256(file)
		name = hex.EncodeToString(sum[:6])
	}
	return name
}

// verify checks the signature of a file, in base64, against its signer
// (OCPP 2.0.1 L01: SHA-256 with RSA or ECDSA).
func verify(file []byte, signer, signature string) error {
	cert, err := parsePEM(signer)
	if err != nil {
		return err
	}
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return fmt.Errorf("the signature is not in base64: %w", err)
	}
	sum := sha256.Sum256(file)
	switch key := cert.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(key, sum[:], sig) {
			return nil
		}
	case *rsa.PublicKey:
		if rsa.VerifyPSS(key, crypto.SHA256, sum[:], sig, nil) == nil || cert.CheckSignature(x509.SHA256WithRSA, file, sig) == nil {
			return nil
		}
	}
	return fmt.Errorf("the signature does not fit the file")
}

func publishFirmware(c *Charger, m *struct {
	Location string `json:"location"`
	Retries  int64  `json:"retries"`
	Checksum string `json:"checksum"`
	Request  int64  `json:"requestId"`
	Wait     int64  `json:"retryInterval"`
}, now instant) any {
	t := &transfer{id: m.Request, publish: true, location: m.Location, retries: m.Retries, check: strings.ToLower(m.Checksum),
		wait: time.Duration(m.Wait) * time.Second}
	keep := c.memory()
	if keep.published == nil {
		keep.published = make(map[string]*transfer)
	}
	keep.published[t.check] = t
	c.later(now, transferDelay, func(instant) { c.publish(t) })
	return status("Accepted")
}

// publish downloads firmware for other chargers.
func (c *Charger) publish(t *transfer) {
	c.told(t, "Downloading", c.talk.firmware)
	var file []byte
	c.away(func(ctx context.Context, client *http.Client) error {
		return tried(ctx, t, func() (err error) {
			file, err = fetch(ctx, client, t.location)
			return err
		})
	}, func(_ instant, err error) {
		sum := md5.Sum(file)
		switch {
		case err != nil:
			c.told(t, "DownloadFailed", c.talk.firmware)
		case hex.EncodeToString(sum[:]) != t.check:
			c.told(t, "Downloaded", c.talk.firmware)
			c.told(t, "InvalidChecksum", c.talk.firmware)
		default:
			for _, status := range []string{"Downloaded", "ChecksumVerified", "Published"} {
				c.told(t, status, c.talk.firmware)
			}
			return
		}
		delete(c.memory().published, t.check)
	})
}

func unpublishFirmware(c *Charger, m *struct {
	Checksum string `json:"checksum"`
}, _ instant) any {
	key := strings.ToLower(m.Checksum)
	t := c.memory().published[key]
	switch {
	case t == nil:
		return status("NoFirmware")
	case t.status != "Published":
		return status("DownloadOngoing")
	}
	delete(c.mem.published, key)
	return status("Unpublished")
}
