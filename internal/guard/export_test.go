package guard

// FirstKey is the first bucket's.
func (p Plan) FirstKey() string { return p.Buckets[0].Key }

// Remembered counts the refusals that are held.
func (g *Guard) Remembered() int { return len(g.memory.list) }
