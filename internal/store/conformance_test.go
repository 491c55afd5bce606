package store

import (
	"testing"

	"github.com/chargeyard/chargeyard/internal/store/storetest"
)

func TestStoreConforms(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Engine { return openTest(t) })
}
