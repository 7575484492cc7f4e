package guard

// FirstKey returns the key of the first bucket.
func (p Plan) FirstKey() string { return p.Buckets[0].Key }

// Remembered returns the number of cached refusals.
func (g *Guard) Remembered() int { return len(g.memory.list) }
