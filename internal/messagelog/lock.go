package messagelog

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// lockFolder keeps other processes out of the folder until the file is closed.
func lockFolder(folder string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, charging.Errorf(charging.Invalid, "the folder for raw messages cannot be used: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		return nil, charging.Errorf(charging.Conflict, "another server keeps its raw messages in %s; give this one a data folder of its own", folder)
	}
	return file, nil
}
