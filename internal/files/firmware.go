package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// FirmwarePath is where chargers fetch firmware.
const FirmwarePath = "/firmware/"

// maxFirmware is the largest firmware file, in bytes.
const maxFirmware = 2 << 30

// AddFirmware keeps a firmware file. fw says its name and whose it is, and for a
// signed one signature and certificate; the rest is filled in.
func (f *Files) AddFirmware(ctx context.Context, fw charging.Firmware, body io.Reader) (*charging.Firmware, error) {
	if fw.Name = plainName(fw.Name); fw.Name == "" {
		return nil, charging.Errorf(charging.Invalid, "name: is missing; it becomes the end of the address, such as fw-1.4.bin")
	}
	if (fw.Signature == "") != (fw.Certificate == "") {
		return nil, charging.Errorf(charging.Invalid, "signature: a signed firmware needs both its signature and the certificate that it was signed with")
	}
	id, err := f.keeper.NextID(charging.IDFirmware)
	if err != nil {
		return nil, err
	}
	// What nobody can guess keeps strangers from fetching it, and two files of
	// one name apart.
	fw.ID, fw.Name, fw.CreatedAt = id, strings.ToLower(rand.Text()[:10])+"-"+fw.Name, now()
	sum := sha256.New()
	if fw.Size, err = store(f.firmwareFile(id), io.TeeReader(body, sum), maxFirmware); err != nil {
		return nil, err
	}
	fw.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if fw.Size == 0 {
		os.Remove(f.firmwareFile(id))
		return nil, charging.Errorf(charging.Invalid, "the file is empty; send its bytes as the body of the request")
	}
	if err := f.keepFirmware(ctx, &fw); err != nil {
		os.Remove(f.firmwareFile(id))
		return nil, err
	}
	return &fw, nil
}

func (f *Files) keepFirmware(ctx context.Context, fw *charging.Firmware) error {
	return f.keeper.Keep(ctx, func(b *charging.Batch) { b.Firmware = append(b.Firmware, *fw) })
}

func (f *Files) firmwareFile(id charging.ID) string {
	return filepath.Join(f.cfg.Folder, firmwareFolder, strconv.FormatInt(id, 10))
}

// Firmwares lists the firmware files that are there.
func (f *Files) Firmwares(ctx context.Context) ([]*charging.Firmware, error) {
	all, err := f.records.Firmwares(ctx)
	if err != nil {
		return nil, err
	}
	there := all[:0:0]
	for _, fw := range all {
		if fw.RemovedAt.IsZero() {
			there = append(there, fw)
		}
	}
	return there, nil
}

// Firmware returns a firmware file by id, with the address from which chargers
// fetch it.
func (f *Files) Firmware(ctx context.Context, id charging.ID) (*charging.Firmware, string, error) {
	fw, err := f.there(ctx, id)
	if err != nil {
		return nil, "", err
	}
	address, err := f.address(FirmwarePath + fw.Name)
	return fw, address, err
}

func (f *Files) there(ctx context.Context, id charging.ID) (*charging.Firmware, error) {
	fw, err := f.records.Firmware(ctx, id)
	if err == nil && (fw == nil || !fw.RemovedAt.IsZero()) {
		err = charging.NoFirmware(id)
	}
	return fw, err
}

// RemoveFirmware removes a firmware file.
func (f *Files) RemoveFirmware(ctx context.Context, id charging.ID) error {
	fw, err := f.there(ctx, id)
	if err != nil {
		return err
	}
	gone := *fw
	gone.RemovedAt = now()
	if err := f.keepFirmware(ctx, &gone); err != nil {
		return err
	}
	return os.Remove(f.firmwareFile(id))
}

// ServeFirmware answers GET and HEAD /firmware/{name} of chargers, parts of a
// file too.
func (f *Files) ServeFirmware(w http.ResponseWriter, r *http.Request) {
	fw, err := f.records.FirmwareByName(r.Context(), strings.TrimPrefix(r.URL.Path, FirmwarePath))
	if err != nil {
		f.log.Error("a firmware file could not be looked up", "err", err)
		http.Error(w, "the server cannot do that now", http.StatusServiceUnavailable)
		return
	}
	if fw == nil || !fw.RemovedAt.IsZero() {
		http.Error(w, "there is no such firmware file", http.StatusNotFound)
		return
	}
	file, err := os.Open(f.firmwareFile(fw.ID))
	if err != nil {
		f.log.Error("a firmware file is missing", "firmware", fw.ID, "err", err)
		http.Error(w, "the file is missing", http.StatusNotFound)
		return
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("ETag", `"`+fw.SHA256+`"`)
	f.log.Info("a charger fetches a firmware file", "firmware", fw.ID, "name", fw.Name, "remote", r.RemoteAddr, "range", r.Header.Get("Range"))
	http.ServeContent(w, r, "", fw.CreatedAt, file)
}
