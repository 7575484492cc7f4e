package rotation

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"user-api/internal/config"
)

// Kept is the file of secrets that the service has generated in its data directory.
type Kept struct{ Dir string }

// Get implements Place.
func (k Kept) Get(name string) (string, error) {
	s, err := config.ReadKept(k.Dir)
	if err != nil {
		return "", err
	}
	if secret := s.Secret(name); secret != nil {
		return *secret, nil
	}
	return "", nil
}

// Put implements Place.
func (k Kept) Put(name, secret string) error {
	return k.change(func(s *config.Kept) error { return set(s, name, secret) })
}

// Exchange implements Place.
func (k Kept) Exchange(a, b string) error {
	return k.change(func(s *config.Kept) error {
		first, second := s.Secret(a), s.Secret(b)
		if first == nil || second == nil {
			return fmt.Errorf("%s and %s are not kept", a, b)
		}
		*first, *second = *second, *first
		return nil
	})
}

// Remove implements Place.
func (k Kept) Remove(name string) error {
	return k.change(func(s *config.Kept) error { return set(s, name, "") })
}

// Notes implements Place.
func (k Kept) Notes() (map[string]Note, error) {
	s, err := config.ReadKept(k.Dir)
	if err != nil {
		return nil, err
	}
	return readNotes(s.Rotation, filepath.Join(k.Dir, config.SecretsFile))
}

// SetNotes implements Place.
func (k Kept) SetNotes(notes map[string]Note) error {
	return k.change(func(s *config.Kept) (err error) {
		s.Rotation = nil
		if len(notes) > 0 {
			s.Rotation, err = json.Marshal(notes)
		}
		return err
	})
}

func (k Kept) change(do func(*config.Kept) error) error {
	s, err := config.ReadKept(k.Dir)
	if err != nil {
		return err
	}
	if err := do(&s); err != nil {
		return err
	}
	return s.Write(k.Dir)
}

func set(s *config.Kept, name, secret string) error {
	value := s.Secret(name)
	if value == nil {
		return fmt.Errorf("%s is not kept", name)
	}
	*value = secret
	return nil
}
