package receipt

// Fetching reports whether a mean is being fetched.
func (a *Arrivals) Fetching() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range a.means {
		if m.fetching {
			return true
		}
	}
	return false
}
