package backup_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/backup"
	"user-api/internal/blob"
)

// The copy contains the pictures, including one added while it is made. One deleted in the
// meantime is not restored.
func TestCreate_pictures(t *testing.T) {
	n, file := newNode(t), t.TempDir()+"/copy"
	o := n.options(file)
	o.Blobs = n.dir + "/blobs"
	store := blob.NewFolder(o.Blobs)
	put := func(name, data string) {
		t.Helper()
		if err := store.Put(t.Context(), name, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	put("stays", "s")
	put("goes", "g")
	if err := os.WriteFile(o.Blobs+"/.unfinished", []byte("u"), 0o600); err != nil {
		t.Fatal(err)
	}
	// When the copy asks for the time, the first pictures have been copied.
	o.Now = func() time.Time {
		put("comes", "c")
		if err := store.Delete(t.Context(), "goes"); err != nil {
			t.Error(err)
		}
		return time.Now()
	}
	var made backup.Manifest
	o.Written = func(m backup.Manifest) error { made = m; return nil }
	if err := backup.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if made.Pictures.Count != 3 || !cmp.Equal(made.Pictures.Gone, []string{"goes"}) {
		t.Errorf("the manifest has %+v", made.Pictures)
	}
	for what, in := range map[string]func(backup.Target) string{
		"in the data folder": func(to backup.Target) string { return to.Dir + "/blobs" },
		"elsewhere":          func(backup.Target) string { return t.TempDir() + "/pictures/of/users" },
	} {
		t.Run(what, func(t *testing.T) {
			to := target(t)
			to.Blobs = in(to)
			restore(t, to, file, "")
			got := map[string]string{}
			for _, name := range list(t, to.Blobs) {
				data, err := os.ReadFile(filepath.Join(to.Blobs, name))
				if err != nil {
					t.Fatal(err)
				}
				got[name] = string(data)
			}
			if diff := cmp.Diff(map[string]string{"stays": "s", "comes": "c"}, got); diff != "" {
				t.Errorf("restored (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("beside others", func(t *testing.T) {
		to := target(t)
		to.Blobs = t.TempDir() + "/blobs"
		if err := blob.NewFolder(to.Blobs).Put(t.Context(), "theirs", []byte("t")); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Unpack(t.Context(), file, ""); !errors.Is(err, backup.ErrNotEmpty) {
			t.Errorf("into a folder with pictures: %v", err)
		}
		to.Force = true
		restore(t, to, file, "")
		aside, err := filepath.Glob(to.Blobs + ".before-restore-*/theirs")
		if err != nil || len(aside) != 1 {
			t.Errorf("the existing files are at %v, %v", aside, err)
		}
	})
	t.Run("into a store", func(t *testing.T) {
		r, err := target(t).Unpack(t.Context(), file, "")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		other := blob.NewFolder(t.TempDir())
		if count, err := r.PutBlobs(t.Context(), other); count != 2 || err != nil {
			t.Errorf("put %d, %v", count, err)
		}
		if data, err := other.Get(t.Context(), "comes"); string(data) != "c" || err != nil {
			t.Errorf("the store has %q, %v", data, err)
		}
	})
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
