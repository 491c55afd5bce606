package sim

import "strings"

// maxLocalList is how many cards the local list holds.
const maxLocalList = 1000

// listed is one entry of the local list; without a status it is removed.
type listed struct{ token, status string }

// updateList applies a local list and returns the status of the answer.
func (c *Charger) updateList(version int64, full bool, entries []listed) string {
	m := c.memory()
	if !full && version <= m.listVersion {
		return "VersionMismatch"
	}
	list := make(map[string]string)
	if !full {
		for token, status := range m.list {
			list[token] = status
		}
	}
	for _, e := range entries {
		switch {
		case e.status != "":
			list[strings.ToUpper(e.token)] = e.status
		case full:
			return "Failed" // a full list has a status for each
		default:
			delete(list, strings.ToUpper(e.token))
		}
	}
	if len(list) > maxLocalList {
		return "Failed"
	}
	m.list, m.listVersion = list, version
	return "Accepted"
}

// listVersion returns the version of the local list, 0 for none.
func (c *Charger) listVersion() int64 {
	if c.mem == nil {
		return 0
	}
	return c.mem.listVersion
}

// clearCache forgets which cards were accepted before.
func (c *Charger) clearCache() {
	m := c.memory()
	m.forgot, m.cache = true, nil
}

// learnCard keeps that the server accepted a card.
func (c *Charger) learnCard(idTag string, good bool) {
	if c.mem == nil || !c.mem.forgot {
		return
	}
	if c.mem.cache == nil {
		c.mem.cache = make(map[string]bool)
	}
	c.mem.cache[strings.ToUpper(idTag)] = good
}

// trusts decides about a card without the server: by the local list, or else by
// what is known of it.
func (c *Charger) trusts(p *port) bool {
	if c.mem == nil {
		return p.visit.known
	}
	token := strings.ToUpper(p.visit.idTag)
	if status, is := c.mem.list[token]; is {
		return status == tagAccepted
	}
	if c.mem.forgot {
		return c.mem.cache[token]
	}
	return p.visit.known
}

// knownOf says in words what the charger knows of a card; "" is nothing.
func (c *Charger) knownOf(token string) string {
	key := strings.ToUpper(token)
	if status, is := c.memory().list[key]; is {
		return "local list: " + key + " " + status
	}
	for _, tag := range c.cfg.IDTags {
		if !c.mem.forgot && strings.EqualFold(tag, token) {
			return "cache: " + key + " Accepted"
		}
	}
	return ""
}

// forgetCustomer removes a card from list and cache.
func (c *Charger) forgetCustomer(token string) {
	delete(c.memory().list, strings.ToUpper(token))
	delete(c.mem.cache, strings.ToUpper(token))
}
