package files

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// Keeper is what the package needs of the fleet.
type Keeper interface {
	Keep(ctx context.Context, add func(*charging.Batch)) error
	NextID(kind charging.IDKind) (int64, error)
}

// Records is what the package needs of the store.
type Records interface {
	Upload(ctx context.Context, id charging.ID) (*charging.Upload, error)
	UploadByToken(ctx context.Context, hash [32]byte) (*charging.Upload, error)
	Uploads(ctx context.Context, charger charging.ID, before int64, limit int) ([]*charging.Upload, error)
	Firmware(ctx context.Context, id charging.ID) (*charging.Firmware, error)
	FirmwareByName(ctx context.Context, name string) (*charging.Firmware, error)
	Firmwares(ctx context.Context) ([]*charging.Firmware, error)
}

// Config is how files are kept.
type Config struct {
	Folder string // made when it is not there
	// URL is how chargers reach this server, without a slash at the end; "" when
	// that is not known.
	URL string
	// MaxUpload is the largest upload, in bytes.
	MaxUpload int64
}

// Files keeps the files of chargers. Its methods may be called by any
// goroutine.
type Files struct {
	cfg     Config
	keeper  Keeper
	records Records
	log     *slog.Logger
}

const (
	uploadsFolder  = "uploads"
	firmwareFolder = "firmware"
	partSuffix     = ".part"
)

// Open makes the folders, and clears away what an earlier run left unfinished.
func Open(cfg Config, keeper Keeper, records Records, log *slog.Logger) (*Files, error) {
	f := &Files{cfg: cfg, keeper: keeper, records: records, log: log}
	for _, name := range []string{uploadsFolder, firmwareFolder} {
		folder := filepath.Join(cfg.Folder, name)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("making the folder for files: %w", err)
		}
		parts, err := filepath.Glob(filepath.Join(folder, "*"+partSuffix))
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			if err := os.Remove(part); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

// errNoAddress tells what to set before chargers can be sent anywhere.
var errNoAddress = charging.Errorf(charging.Conflict,
	"chargers cannot be told where this server is; start it with --public-url, such as http://charge.example.org:8080, or give a location")

func (f *Files) address(path string) (string, error) {
	if f.cfg.URL == "" {
		return "", errNoAddress
	}
	return strings.TrimRight(f.cfg.URL, "/") + path, nil
}

// now is cut to what the store keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
