package chargeback

import (
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

func TestText(t *testing.T) {
	golden.Equal(t, "testdata/bill.txt", threeUnits().String())
}
