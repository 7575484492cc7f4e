package config

import "os"

// BackupPassphrase is the environment variable with the passphrase of `backup` and
// `restore`. It is not a configuration key, because the service does not need it.
const BackupPassphrase = "BACKUP_PASSPHRASE"

// Passphrase returns the value of BackupPassphrase.
func Passphrase() string { return os.Getenv(BackupPassphrase) }

// OwnSecrets returns the service's own secrets that are set, by key.
func (c Config) OwnSecrets() map[string]string {
	all := map[string]string{}
	for _, s := range c.secrets() {
		if *s.value != "" {
			all[s.key] = *s.value
		}
	}
	return all
}
