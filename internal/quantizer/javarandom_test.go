package quantizer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"
)

// TestJavaRandom compares with what java.util.Random of OpenJDK 17 and 25 draws.
func TestJavaRandom(t *testing.T) {
	random := newJavaRandom(42)
	for i, want := range []float64{1.1419053154730547, 0.9194079489827879, -0.9498666368908959} {
		if got := random.gaussian(); got != want {
			t.Errorf("number %d is %v, want %v", i, got, want)
		}
	}
	random = newJavaRandom(rotationSeed)
	hash := sha256.New()
	for range 100_000 {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], math.Float64bits(random.gaussian()))
		hash.Write(b[:])
	}
	want := "b167f746ea2208238d7c01babd061ba5a84a6fdb13bcfd3157c2010e0db6fb7c"
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		t.Errorf("100,000 numbers have the hash %s, want %s", got, want)
	}
}

// TestStrictLog compares with StrictMath.log of OpenJDK 17 and 25, near 1, near √½ and
// elsewhere.
func TestStrictLog(t *testing.T) {
	random := newJavaRandom(7)
	hash := sha256.New()
	for i := range 1_000_000 {
		x := random.float64()
		switch i % 3 {
		case 1:
			x = 1 - x*0x1p-18
		case 2:
			x = math.Sqrt(.5) + float64((x-.5)*1e-3)
		}
		if i%7 == 0 {
			x *= 0x1p-300
		}
		log := strictLog(x)
		if near := math.Log(x); math.Abs(log-near) > 1e-15*max(1, math.Abs(near)) {
			t.Fatalf("log of %v is %v, want about %v", x, log, near)
		}
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], math.Float64bits(log))
		hash.Write(b[:])
	}
	want := "50e873b31e633561308909985b51bde63007866e3469c4b5ed84d79bfefc2453"
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		t.Errorf("the hash is %s, want %s", got, want)
	}
}
