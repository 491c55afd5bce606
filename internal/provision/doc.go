// Package provision reads and writes the estate file: the very JSON that
// GET /api/sites returns, with what an operator adds to it (passwords, access
// IDs, vehicles, customers). Parse checks a file on its own, Plan compares it
// with the estate and says what would change, Export writes the estate in the
// same form.
//
// Nothing is changed here: a Plan is a charging.Change for the fleet to commit
// in one transaction. The package performs no I/O and imports charging, fleet
// (for the picture of the estate) and auth (for charger passwords).
package provision
