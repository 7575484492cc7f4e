package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
)

// ErrPassphrase means that the file is encrypted and the passphrase is missing or wrong.
var ErrPassphrase = errors.New("the file is encrypted and the passphrase is missing or wrong")

const (
	ageBegins   = "age-encryption.org/v1\n"
	maxManifest = 16 << 20
)

// Encrypted reports whether a passphrase is needed to read the file.
func Encrypted(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("restore: %w", err)
	}
	defer file.Close()
	begin := make([]byte, len(ageBegins))
	n, err := io.ReadFull(file, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("restore: %w", err)
	}
	return string(begin[:n]) == ageBegins, nil
}

// unpack reads the whole file and writes its parts into an empty folder. It fails unless the
// result matches the manifest to the last byte.
func unpack(ctx context.Context, path, passphrase, dir string) (Manifest, error) {
	file, err := os.Open(path)
	if err != nil {
		return Manifest{}, err
	}
	defer file.Close()
	plain, err := decrypt(bufio.NewReader(file), passphrase)
	if err != nil {
		return Manifest{}, err
	}
	unzipped, err := gzip.NewReader(lasting{ctx, plain})
	if err != nil {
		return Manifest{}, damaged(err)
	}
	sum := newBlobSum()
	made, found, err := unpackParts(ctx, tar.NewReader(unzipped), dir, sum)
	if err != nil {
		return Manifest{}, damaged(err)
	}
	// Read to the end, where gzip and age verify their checksums.
	if _, err := io.Copy(io.Discard, unzipped); err != nil {
		return Manifest{}, damaged(err)
	}
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return Manifest{}, damaged(err)
	}
	if made.Format != format {
		return Manifest{}, fmt.Errorf("the format is %d, but this release reads %d", made.Format, format)
	}
	blobs := sum.total()
	if !slices.Equal(made.Parts, found) || blobs.Count != made.Pictures.Count || blobs.SHA256 != made.Pictures.SHA256 || !made.has(partDatabase) || !made.has(partLog) {
		return Manifest{}, damaged(errors.New("the checksums do not match the manifest"))
	}
	for _, name := range made.Pictures.Gone {
		if err := os.Remove(filepath.Join(dir, partBlobs, filepath.Base(name))); err != nil {
			return Manifest{}, damaged(err)
		}
	}
	return made, nil
}

func decrypt(file *bufio.Reader, passphrase string) (io.Reader, error) {
	begin, _ := file.Peek(len(ageBegins)) // a shorter file is not encrypted
	if !bytes.Equal(begin, []byte(ageBegins)) {
		return file, nil
	}
	if passphrase == "" {
		return nil, ErrPassphrase
	}
	by, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(file, by)
	if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, damaged(err)
	}
	return plain, nil
}

func unpackParts(ctx context.Context, r *tar.Reader, dir string, sum *blobSum) (made Manifest, found []Part, err error) {
	for {
		head, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return made, found, nil
		case err != nil:
			return made, nil, err
		case head.Name == manifestName:
			err = json.NewDecoder(io.LimitReader(r, maxManifest)).Decode(&made)
		case slices.Contains([]string{partDatabase, partLog, partJournal, partSecrets}, head.Name):
			var part Part
			part, err = unpackPart(r, head.Name, dir)
			found = append(found, part)
		case strings.HasPrefix(head.Name, partBlobs):
			err = unpackBlob(ctx, r, head.Name, dir, sum)
		default:
			err = fmt.Errorf("%q is not a part of a backup", head.Name)
		}
		if err != nil {
			return made, nil, err
		}
	}
}

func unpackPart(r io.Reader, name, dir string) (Part, error) {
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Part{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, sum), r)
	return Part{Name: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, errors.Join(err, file.Sync(), file.Close())
}

// damaged wraps errors of the content. It returns those of the file system and of the context
// unchanged.
func damaged(err error) error {
	if _, ours := errors.AsType[*os.PathError](err); ours || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("the file is damaged or not a backup, and nothing was changed: %w", err)
}
