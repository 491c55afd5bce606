package sim

func (c *Charger) misbehaves(int) bool { return false }

const endsAtZero = 1
