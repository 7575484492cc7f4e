package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/backup"
	"user-api/internal/config"
)

// errNotInside means that the database is not an embedded one.
var errNotInside = errors.New("the database is MySQL; use its own tools, as described in docs/backup.md")

func (r *run) backupCommand() *cobra.Command {
	var by passphrase
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the embedded stores into one file while the service is running",
		Long: `backup copies the SQLite database, the journal of the embedded Redis, the secrets file
and the picture directory into one new file. The service may keep running: the copy
includes every change that it confirmed before this command returns. With a passphrase
the file is encrypted; otherwise anyone who can read it has the password hashes and the
secrets. The configuration and secrets from the environment are not included.`,
		Example: "  user-api backup --passphrase-file /etc/user-api/passphrase /mnt/backup/user-api.backup",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			word, err := by.given(r, true)
			if err != nil {
				return err
			}
			return r.backup(c.Context(), args[0], word)
		},
	}
	by.flags(c)
	r.jsonFlag(c)
	return c
}

// backupResult is the JSON output of backup.
type backupResult struct {
	File      string `json:"file"`
	Bytes     int64  `json:"bytes"`
	Encrypted bool   `json:"encrypted"`
	backup.Manifest
}

func (r *run) backup(ctx context.Context, file, word string) error {
	c, err := config.Load(r.file)
	if err != nil {
		return err
	}
	path, ok := strings.CutPrefix(c.DataSource, config.SQLitePrefix)
	if !ok {
		return fmt.Errorf("backup: %w", errNotInside)
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := c.FillSecrets(r.Rand); err != nil {
		return err
	}
	return backup.Create(ctx, backup.Options{
		Source: backup.Source{Database: path, Dir: c.DataDir(), Blobs: pictures(c), SecretsFile: config.SecretsFile, Secrets: c.OwnSecrets()},
		File:   file, Passphrase: word, Now: r.Now,
		Written: func(m backup.Manifest) error {
			err := r.printBackup(backupResult{file, 0, word != "", m})
			if err == nil && r.Exit != nil {
				// The service must commit nothing until the process has exited: the copy
				// then includes every change that it confirmed before this command ends.
				r.Exit(Done)
			}
			return err
		},
	})
}

// pictures returns the directory of pictures, or "" if they are not in a directory.
func pictures(c config.Config) string {
	if c.BlobStore() != config.BlobsFile {
		return ""
	}
	return c.BlobDir()
}

func (r *run) printBackup(c backupResult) error {
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	c.Bytes = info.Size()
	text := fmt.Sprintf("backup: %s, %d bytes, of %s: release %s, migration %d\n", c.File, c.Bytes, c.Made.Format(time.RFC3339Nano), c.Version, c.Schema)
	if c.Pictures.Count > 0 {
		text += fmt.Sprintf("        %d picture files\n", c.Pictures.Count)
	}
	if !c.Encrypted {
		text += "        not encrypted: it contains password hashes and secrets\n"
	}
	return r.print(text, c)
}
