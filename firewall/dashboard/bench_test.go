package dashboard_test

import (
	"testing"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

func BenchmarkRender(b *testing.B) {
	o := edge()
	o.Alarms = &dashboard.AlarmOptions{}
	for b.Loop() {
		if _, err := dashboard.Render(o); err != nil {
			b.Fatal(err)
		}
	}
}
