package rules

import (
	"math"
	"testing"
)

// However much room is asked for, a group reserves no more than it can have.
func TestGeoCapacityOfHugeHeadroom(t *testing.T) {
	for _, headroom := range []int{MaxCapacity, math.MaxInt32, math.MaxInt} {
		made, err := RenderGeoRules(GeoRulesOptions{Headroom: headroom, Rules: []GeoRule{
			{Name: "a", Action: Drop, Match: Src, Countries: []string{"JP"}},
		}})
		if c := made.Capacity; err != nil || c.Reserve != MaxCapacity || c.Headroom != MaxCapacity-c.Used {
			t.Errorf("headroom %d: %v, %+v", headroom, err, c)
		}
	}
}
