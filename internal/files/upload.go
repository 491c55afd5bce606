package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chargeyard/chargeyard/internal/charging"
)

// uploadFor is how long an upload address is good: chargers collect logs for a
// while, and try again.
const uploadFor = 24 * time.Hour

// UploadPath is where uploads go; Serves tells a request for it.
const UploadPath = "/uploads/"

// endings are the kinds of files that chargers upload, by the end of their
// names; "" is a name without one.
var endings = []string{"", ".log", ".txt", ".csv", ".json", ".xml", ".gz", ".tgz", ".tar", ".zip", ".7z", ".bz2", ".xz",
	".zst", ".lz4", ".pcap", ".bin", ".dat", ".enc", ".diag", ".db"}

// NewUpload makes an address to which the charger may send one file.
func (f *Files) NewUpload(ctx context.Context, charger charging.ID, kind string) (address string, u *charging.Upload, err error) {
	token := rand.Text()
	if address, err = f.address(UploadPath + token + "/"); err != nil {
		return "", nil, err
	}
	id, err := f.keeper.NextID(charging.IDUpload)
	if err != nil {
		return "", nil, err
	}
	u = &charging.Upload{ID: id, ChargerID: charger, Kind: kind, TokenHash: sha256.Sum256([]byte(token)),
		CreatedAt: now(), ExpiresAt: now().Add(uploadFor)}
	return address, u, f.keep(ctx, u)
}

func (f *Files) keep(ctx context.Context, u *charging.Upload) error {
	return f.keeper.Keep(ctx, func(b *charging.Batch) { b.Uploads = append(b.Uploads, *u) })
}

// Receive answers PUT and POST of a charger to /uploads/{token}/{file name}:
// the file as the body, or as the first file of a form.
func (f *Files) Receive(w http.ResponseWriter, r *http.Request) {
	u, name, err := f.expected(r)
	if err == nil {
		err = f.take(r, u, name)
	}
	if err == nil {
		f.log.Info("a charger uploaded a file", "charger", u.ChargerID, "upload", u.ID, "name", u.Name, "bytes", u.Size)
		w.WriteHeader(http.StatusCreated)
		return
	}
	status := http.StatusBadRequest
	switch charging.KindOf(err) {
	case charging.NotFound:
		status = http.StatusNotFound
	case charging.Refused:
		status = http.StatusForbidden
	case charging.Internal, charging.Unavailable:
		status = http.StatusServiceUnavailable
	}
	f.log.Warn("an upload was refused", "remote", r.RemoteAddr, "err", err)
	text := charging.MessageOf(err)
	if text == "" {
		text = "the server cannot take the file now"
	}
	http.Error(w, text, status)
}

// expected finds the upload that the path's token is for.
func (f *Files) expected(r *http.Request) (u *charging.Upload, name string, err error) {
	token, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, UploadPath), "/")
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		return nil, "", charging.Errorf(charging.Invalid, "upload a file with PUT or POST")
	}
	u, err = f.records.UploadByToken(r.Context(), sha256.Sum256([]byte(token)))
	switch {
	case err != nil:
		return nil, "", err
	case u == nil:
		return nil, "", charging.Errorf(charging.NotFound, "this upload address is unknown")
	case !u.ReceivedAt.IsZero():
		return nil, "", charging.Errorf(charging.Refused, "this upload address was used already")
	case time.Now().After(u.ExpiresAt):
		return nil, "", charging.Errorf(charging.Refused, "this upload address has expired")
	}
	return u, name, nil
}

// take stores the file of a request, and then what is known of it.
func (f *Files) take(r *http.Request, u *charging.Upload, name string) error {
	body := io.Reader(r.Body)
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		part, err := firstFile(r)
		if err != nil {
			return err
		}
		defer part.Close()
		body, name = part, part.FileName()
	}
	if u.Name = plainName(name); u.Name == "" {
		u.Name = u.Kind
	}
	if !slices.Contains(endings, strings.ToLower(path.Ext(u.Name))) {
		return charging.Errorf(charging.Refused, "a file called %q is no log; it may end in%s", u.Name, strings.Join(endings, " "))
	}
	u.File = strconv.FormatInt(u.ID, 10)
	size, err := store(filepath.Join(f.cfg.Folder, uploadsFolder, u.File), body, f.cfg.MaxUpload)
	if err != nil {
		return err
	}
	u.Size, u.ReceivedAt = size, now()
	// The charger may hang up as soon as its last byte is out.
	return f.keep(context.WithoutCancel(r.Context()), u)
}

// firstFile returns the first file of a form.
func firstFile(r *http.Request) (interface {
	io.ReadCloser
	FileName() string
}, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, charging.Errorf(charging.Invalid, "the form cannot be read: %w", err)
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, charging.Errorf(charging.Invalid, "the form holds no file")
		}
		if part.FileName() != "" {
			return part, nil
		}
	}
}

// plainName returns the last part of a name, without anything that could mean
// something to a file system or a browser.
func plainName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._-+=@", c) {
			return c
		}
		return '_'
	}, name)
	name = strings.Trim(name, ".")
	return name[:min(len(name), 200)]
}

// store writes a file as a whole or not at all, and returns when the disk has
// it. One that is longer than limit bytes is refused. Of two at a time, the one
// that ends last stays: the first may be of a line that broke.
func store(file string, body io.Reader, limit int64) (size int64, err error) {
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*"+partSuffix)
	if err != nil {
		return 0, err
	}
	defer os.Remove(part.Name()) // it is gone when all went well
	size, err = io.Copy(part, io.LimitReader(body, limit+1))
	if err == nil {
		err = part.Sync()
	}
	if err = errors.Join(err, part.Close()); err != nil {
		return 0, err
	}
	if size > limit {
		return 0, charging.Errorf(charging.Refused, "the file is longer than %d MiB", limit>>20)
	}
	if err := os.Rename(part.Name(), file); err != nil {
		return 0, err
	}
	return size, syncFolder(filepath.Dir(file))
}

// syncFolder has the disk know the names in a folder.
func syncFolder(name string) error {
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Uploads lists what a charger was asked for, newest first.
func (f *Files) Uploads(ctx context.Context, charger charging.ID, before int64, limit int) ([]*charging.Upload, error) {
	return f.records.Uploads(ctx, charger, before, limit)
}

// OpenUpload returns an upload and its file; the file is nil while it has not
// come.
func (f *Files) OpenUpload(ctx context.Context, id charging.ID) (u *charging.Upload, file *os.File, err error) {
	if u, err = f.records.Upload(ctx, id); err != nil || u == nil || u.File == "" {
		return u, nil, err
	}
	file, err = os.Open(filepath.Join(f.cfg.Folder, uploadsFolder, u.File))
	return u, file, err
}
