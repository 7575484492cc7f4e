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

// errNotInside is of a service whose database is not a file of its own.
var errNotInside = errors.New("the database is MySQL, which has tools of its own: docs/backup.md says what belongs together")

func (r *run) backupCommand() *cobra.Command {
	var by passphrase
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the stores inside into one file, while the service serves",
		Long: `backup copies the SQLite database, the journal of the Redis inside, the file of
secrets and the folder of pictures into one new file. The service may go on serving: what it answered before
this command returns is in the copy. With a passphrase the file is encrypted, without
one whoever reads it has the password hashes and the secrets. The configuration and
secrets from the environment are not in it.`,
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

// copied is how a copy is told to a program.
type copied struct {
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
			err := r.tellCopy(copied{file, 0, word != "", m})
			if err == nil && r.Exit != nil {
				// Nothing is committed until the process is gone: what the service has answered
				// before this command ends is in the copy.
				r.Exit(Done)
			}
			return err
		},
	})
}

// pictures is the folder of pictures; "" where they are not in a folder.
func pictures(c config.Config) string {
	if c.BlobStore() != config.BlobsFile {
		return ""
	}
	return c.BlobDir()
}

func (r *run) tellCopy(c copied) error {
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	c.Bytes = info.Size()
	text := fmt.Sprintf("backup: %s, %d bytes, of %s: release %s, migration %d\n", c.File, c.Bytes, c.Made.Format(time.RFC3339Nano), c.Version, c.Schema)
	if c.Pictures.Count > 0 {
		text += fmt.Sprintf("        %d files of pictures\n", c.Pictures.Count)
	}
	if !c.Encrypted {
		text += "        not encrypted: it holds password hashes and secrets\n"
	}
	return r.print(text, c)
}
