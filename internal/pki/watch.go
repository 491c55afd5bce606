package pki

import "os"

// watcher notices files that change. It looks at time, size and identity of a
// file, so that it works on every file system and through symbolic links.
type watcher struct {
	names  []string
	loaded []os.FileInfo // when they were last read
	seen   []os.FileInfo // when they were last looked at
}

func (w *watcher) look() []os.FileInfo {
	list := make([]os.FileInfo, len(w.names))
	for i, name := range w.names {
		// An absent file is nil, which differs from any present one.
		list[i], _ = os.Stat(name)
	}
	return list
}

// changed reports whether the files differ from those that were read, and no
// longer change: a certificate and its key are replaced one after the other.
func (w *watcher) changed() bool {
	now := w.look()
	settled := w.seen == nil || same(now, w.seen)
	w.seen = now
	return settled && !same(now, w.loaded)
}

func same(a, b []os.FileInfo) bool {
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) {
			return false
		}
		if a[i] != nil && (!os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime())) {
			return false
		}
	}
	return true
}
