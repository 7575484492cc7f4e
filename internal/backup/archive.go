package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"runtime"

	"filippo.io/age"
)

// workFactor makes an attempt at a passphrase cost 128 MiB and a few tenths of a second:
// the minimum that OWASP recommends for scrypt, and affordable for a small machine. Only
// tests change it.
var workFactor = 17

// writer writes the parts of a file. It must be closed only on success.
type writer struct {
	tar    *tar.Writer
	gzip   *gzip.Writer
	sealed io.WriteCloser // nil without encryption
	parts  []Part
	added  map[string]bool // names of the blobs
	*blobSum
}

func newWriter(file io.Writer, passphrase string) (*writer, error) {
	w := &writer{added: map[string]bool{}, blobSum: newBlobSum()}
	if passphrase != "" {
		to, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			return nil, err
		}
		to.SetWorkFactor(workFactor)
		if w.sealed, err = age.Encrypt(file, to); err != nil {
			return nil, err
		}
		file = w.sealed
	}
	var err error
	if w.gzip, err = gzip.NewWriterLevel(file, gzip.BestSpeed); err != nil {
		return nil, err
	}
	w.tar = tar.NewWriter(w.gzip)
	return w, nil
}

// part adds a file of a known size.
func (w *writer) part(ctx context.Context, name string, from io.Reader, size int64) error {
	err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w.tar, sum), lasting{ctx, from}); err != nil {
		return err
	}
	w.parts = append(w.parts, Part{Name: name, Bytes: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// flush writes out what is buffered, except for a chunk of age.
func (w *writer) flush() error { return w.gzip.Flush() }

// close ends the file with the manifest.
func (w *writer) close(m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	err = w.tar.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(text)), ModTime: m.Made, Format: tar.FormatPAX})
	if err == nil {
		_, err = w.tar.Write(text)
	}
	ends := []io.Closer{w.tar, w.gzip}
	if w.sealed != nil {
		ends = append(ends, w.sealed)
	}
	for _, end := range ends {
		if err == nil {
			err = end.Close()
		}
	}
	return err
}

// lasting is a reader that fails once its context ends.
type lasting struct {
	ctx context.Context
	io.Reader
}

// Read implements io.Reader.
func (l lasting) Read(b []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	return l.Reader.Read(b)
}

// syncDir makes a rename survive a power failure. Windows cannot sync a folder.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
