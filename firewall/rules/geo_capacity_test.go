package rules_test

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

func TestGeoCapacity(t *testing.T) {
	tests := []struct {
		name               string
		rules              int
		capacity, headroom int
		want               rules.GeoCapacity
	}{
		{"new", 3, 0, 0, rules.GeoCapacity{Used: 3, Headroom: 10, Reserve: 13}},
		{"new and large", 40, 0, 0, rules.GeoCapacity{Used: 40, Headroom: 40, Reserve: 80}},
		{"new with headroom", 3, 0, 1, rules.GeoCapacity{Used: 3, Headroom: 1, Reserve: 4}},
		{"fits", 13, 13, 0, rules.GeoCapacity{Used: 13, Headroom: 0, Reserve: 13}},
		{"outgrown", 14, 13, 0, rules.GeoCapacity{Used: 14, Headroom: 14, Reserve: 28, NeedsReplace: true}},
		{"outgrown with headroom", 14, 13, 5, rules.GeoCapacity{Used: 14, Headroom: 5, Reserve: 19, NeedsReplace: true}},
		{"up to the most", 40, 0, 30000, rules.GeoCapacity{Used: 40, Headroom: 29960, Reserve: 30000}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opts := rules.GeoRulesOptions{Capacity: test.capacity, Headroom: test.headroom}
			for i := range test.rules {
				opts.Rules = append(opts.Rules, drop("r"+strings.Repeat("x", i), "JP"))
			}
			got, err := rules.RenderGeoRules(opts)
			if err != nil || got.Capacity != test.want {
				t.Errorf("got %+v, %v; want %+v", got.Capacity, err, test.want)
			}
			if said := strings.Contains(got.Capacity.String(), "replaced"); said != test.want.NeedsReplace {
				t.Errorf("got %q", got.Capacity)
			}
		})
	}
}
