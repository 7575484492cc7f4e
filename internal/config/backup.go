package config

import "os"

// BackupPassphrase is the environment variable that gives `backup` and `restore` their
// passphrase. It is no key: a service has no use for it.
const BackupPassphrase = "BACKUP_PASSPHRASE"

// Passphrase is the value of BackupPassphrase.
func Passphrase() string { return os.Getenv(BackupPassphrase) }

// OwnSecrets are the service's own secrets that are set, by their keys.
func (c Config) OwnSecrets() map[string]string {
	all := map[string]string{}
	for _, s := range c.secrets() {
		if *s.value != "" {
			all[s.key] = *s.value
		}
	}
	return all
}
