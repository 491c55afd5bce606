package crashtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tools are what the faults need, and the Debian packages that bring them.
var tools = map[string]string{"strace": "strace", "mkfs.ext4": "e2fsprogs", "e2fsck": "e2fsprogs", "chattr": "e2fsprogs",
	"mount": "mount", "umount": "mount", "cp": "coreutils"}

// needTools fails when this machine cannot make the faults: what is not tried
// would look like what was found to be well.
func needTools(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("the crash test mounts a disk of its own and traces the server: run it as root, or in a container with --privileged")
	}
	for program, packaged := range tools {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("the crash test needs %s; on Debian: apt-get install %s", program, packaged)
		}
	}
}

// A disk is a file system of its own in a file, so that it can be full, frozen,
// read-only, and lose its power, with nothing else on the machine noticing.
type disk struct {
	image, folder string
	frozen        bool
}

// Sizes of disks, in MiB. The log alone may take 128 MiB; of a small disk less
// has to be filled.
const (
	smallDisk = 192
	largeDisk = 2048
)

func newDisk(t *testing.T, mebibytes int64) *disk {
	t.Helper()
	base := t.TempDir()
	d := &disk{image: filepath.Join(base, "image"), folder: filepath.Join(base, "disk")}
	if err := os.Mkdir(d.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, mebibytes<<20); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", d.image)
	d.mount(t)
	t.Cleanup(func() {
		d.thaw(t)
		d.unmount(t)
	})
	return d
}

// mount mounts the disk. Nothing but an fsync writes to it: the system's own
// writing back is put off for longer than any test.
func (d *disk) mount(t *testing.T) {
	t.Helper()
	run(t, "mount", "-o", "loop,commit=3600,errors=remount-ro", d.image, d.folder)
}

// unmount waits a little: a killed process may still hold a file.
func (d *disk) unmount(t *testing.T) {
	t.Helper()
	var err error
	for range 100 {
		if err = unix.Unmount(d.folder, 0); !errors.Is(err, unix.EBUSY) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil && !errors.Is(err, unix.EINVAL) {
		t.Errorf("unmounting the test's disk: %v", err)
	}
}

// losePower makes the disk what it would be had the power gone now: what the
// system was asked to write and never to bring to the disk is lost. No process
// may use it meanwhile.
func (d *disk) losePower(t *testing.T) {
	t.Helper()
	cut := d.image + ".cut"
	run(t, "cp", "--sparse=always", d.image, cut)
	d.unmount(t)
	if err := os.Rename(cut, d.image); err != nil {
		t.Fatal(err)
	}
	d.mount(t)
}

func (d *disk) ballast() string { return filepath.Join(d.folder, "ballast") }

// fill takes all the space that is left.
func (d *disk) fill(t *testing.T) {
	t.Helper()
	file, err := os.OpenFile(d.ballast(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return // not even room for its name
	}
	defer file.Close()
	for size := 4 << 20; size >= 512; {
		if _, err = file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Errorf("filling the disk: %v", err)
	}
}

// makeRoom gives the space back.
func (d *disk) makeRoom(t *testing.T) {
	t.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		t.Error(err)
	}
}

// These are FIFREEZE and FITHAW of linux/fs.h.
const (
	freezeFS = 0xC0045877
	thawFS   = 0xC0045878
)

// freeze makes everything that writes to the disk wait, as a disk that hangs
// does, until thaw.
func (d *disk) freeze(t *testing.T) {
	t.Helper()
	if err := d.control(freezeFS); err != nil {
		t.Fatalf("freezing the disk: %v", err)
	}
	d.frozen = true
}

func (d *disk) thaw(t *testing.T) {
	t.Helper()
	if !d.frozen {
		return
	}
	d.frozen = false
	if err := d.control(thawFS); err != nil {
		t.Errorf("thawing the disk: %v", err)
	}
}

func (d *disk) control(request uint) error {
	folder, err := os.Open(d.folder)
	if err != nil {
		return err
	}
	defer folder.Close()
	return unix.IoctlSetInt(int(folder.Fd()), request, 0)
}

// protect makes files and folders immutable, which the kernel holds against
// descriptors that are open already, too; unprotect undoes it.
func (d *disk) protect(t *testing.T, files ...string) {
	run(t, "chattr", append([]string{"+i"}, files...)...)
}

func (d *disk) unprotect(t *testing.T, files ...string) {
	run(t, "chattr", append([]string{"-i"}, files...)...)
}

// breakDown makes the file system find an error in itself, after which the
// kernel lets nobody write to it until it was checked and mounted anew.
func (d *disk) breakDown(t *testing.T) {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); f[1] == d.folder {
			trigger := filepath.Join("/sys/fs/ext4", filepath.Base(f[0]), "trigger_fs_error")
			if err := os.WriteFile(trigger, []byte("crash test"), 0); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("the disk is not mounted")
}

// repair does what an operator does after that. No process may use the disk.
func (d *disk) repair(t *testing.T) {
	t.Helper()
	d.unmount(t)
	out, err := exec.Command("e2fsck", "-f", "-y", d.image).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 1) { // 1: errors were found and corrected
		t.Fatalf("e2fsck: %v\n%s", err, out)
	}
	d.mount(t)
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
}

// copyFiles copies what stands of these files.
func copyFiles(to string, files ...string) error {
	for _, file := range files {
		content, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(file)), content, 0o600)
		}
		if err != nil {
			return fmt.Errorf("copying: %w", err)
		}
	}
	return nil
}
