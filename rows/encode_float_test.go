package rows

import "testing"

// TestFloat checks that a whole number in a column of floats does not look like an
// integer: OpenSearch maps a field by the first value it sees.
func TestFloat(t *testing.T) {
	for f, want := range map[float64]string{0: "0.0", -3: "-3.0", 0.5: "0.5", 1e21: "1e+21", 1e20: "100000000000000000000.0", 1e-7: "1e-07"} {
		got, err := encoder{}.append(nil, f)
		if err != nil || string(got) != want {
			t.Errorf("%v: got %s, %v, want %s", f, got, err, want)
		}
	}
	if got, err := (encoder{}).append(nil, float32(0.1)); err != nil || string(got) != "0.1" {
		t.Errorf("float32: got %s, %v", got, err)
	}
}
