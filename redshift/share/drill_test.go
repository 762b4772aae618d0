package share

import (
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

func TestDrillAnyCompany(t *testing.T) {
	golden.Equal(t, "testdata/audit-drill-producer.txt", Drill(anyCompany(), DrillOptions{Paused: Warehouse{Cluster: "etl"}}).String())
	golden.Equal(t, "testdata/audit-drill-consumer.txt", Drill(anyCompany(), DrillOptions{Paused: Warehouse{Workgroup: "sales"}}).String())
}
