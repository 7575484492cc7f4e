package receipt

// Asking reports whether a mean is being fetched.
func (a *Arrivals) Asking() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range a.means {
		if m.asking {
			return true
		}
	}
	return false
}
