package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// lockName is the file whose lock says that a process works on the folder. It
// holds the process id, for people; the lock itself is the kernel's, so that it
// ends with the process however that ends.
const lockName = "lock"

// lockFolder takes the lock of a data folder.
func lockFolder(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, folderError(dir, err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		owner := lockOwner(path)
		file.Close()
		return nil, charging.Errorf(charging.Conflict, "%w by %s; stop it first: %s", ErrLocked, owner, dir)
	}
	if err == nil {
		err = writeOwner(file)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return file, nil
}

func writeOwner(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// lockOwner names the process that holds the lock, as far as the file tells.
func lockOwner(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return "another process"
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return "another process"
	}
	return "process " + strconv.Itoa(pid)
}

func folderError(dir string, err error) error {
	return charging.Errorf(charging.Invalid, "the data folder %s cannot be used: %w", dir, err)
}
