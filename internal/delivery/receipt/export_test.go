package receipt

// Asking is whether a mean is being fetched.
func (s *Receipts) Asking() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.means {
		if m.asking {
			return true
		}
	}
	return false
}
