package allocate

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// slowSplit is the largest remainder by its definition, in numbers of any size.
func slowSplit(total int64, weights []int64) []int64 {
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, big.NewInt(max(w, 0)))
	}
	if sum.Sign() == 0 {
		return nil
	}
	amount := new(big.Int).Abs(big.NewInt(total))
	left := new(big.Int).Set(amount)
	shares, rests := make([]*big.Int, len(weights)), make([]*big.Int, len(weights))
	for i, w := range weights {
		shares[i], rests[i] = new(big.Int).QuoRem(new(big.Int).Mul(amount, big.NewInt(max(w, 0))), sum, new(big.Int))
		left.Sub(left, shares[i])
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) })
	result := make([]int64, len(weights))
	for place, i := range order {
		if int64(place) < left.Int64() {
			shares[i].Add(shares[i], big.NewInt(1))
		}
	}
	for i, s := range shares {
		if total < 0 {
			s.Neg(s)
		}
		result[i] = s.Int64()
	}
	return result
}

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		name    string
		total   int64
		weights []int64
		want    []int64
	}{
		{"nothing active", 480, nil, nil},
		{"only weights of nothing", 480, []int64{0, 0, -3}, nil},
		{"A for 60 seconds, B for 20", 480, []int64{60, 20}, []int64{360, 120}},
		{"thirds: the first of equals", 100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{"the larger remainder", 10, []int64{1, 2, 3}, []int64{2, 3, 5}},
		{"a credit", -100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{"a negative weight is none", 7, []int64{-5, 1}, []int64{0, 7}},
		{"less than one each", 1, []int64{1, 5, 5}, []int64{0, 1, 0}},
		{"all that fits", math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64}, []int64{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
		{"the least integer", math.MinInt64, []int64{1}, []int64{math.MinInt64}},
	} {
		if got := Split(test.total, test.weights); !slices.Equal(got, test.want) || (got == nil) != (test.want == nil) {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(int64(100), []byte{1, 1, 1})
	f.Add(int64(math.MinInt64), []byte{0, 255, 7})
	f.Add(int64(math.MaxInt64), []byte("0123456789abcdef01234567"))
	f.Fuzz(func(t *testing.T, total int64, text []byte) {
		var weights []int64
		for len(text) >= 8 {
			weights, text = append(weights, int64(binary.LittleEndian.Uint64(text)>>(text[0]%64))), text[8:]
		}
		for _, b := range text {
			weights = append(weights, int64(b))
		}
		checkSplit(t, total, weights)
	})
}

func checkSplit(t *testing.T, total int64, weights []int64) {
	t.Helper()
	got, want := Split(total, weights), slowSplit(total, weights)
	sum, exact := new(big.Int), new(big.Int)
	for i, share := range got {
		sum.Add(sum, big.NewInt(share))
		exact.Add(exact, big.NewInt(max(weights[i], 0)))
	}
	if got != nil && sum.Cmp(big.NewInt(total)) != 0 {
		t.Fatalf("%d among %d: shares add up to %d", total, weights, sum)
	}
	// Weights that add up to more than 64 bits are told apart less finely.
	if exact.BitLen() <= 64 && !slices.Equal(got, want) {
		t.Fatalf("%d among %d: got %d, want %d", total, weights, got, want)
	}
	for i := range got {
		for j := range got {
			if weights[i] > weights[j] && magnitude(got[i]) < magnitude(got[j]) {
				t.Fatalf("%d among %d: got %d: the weight %d gets less than %d", total, weights, got, weights[i], weights[j])
			}
		}
	}
}

func TestSplitRandom(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		weights := make([]int64, random.IntN(20))
		for i := range weights {
			weights[i] = random.Int64() >> random.IntN(64)
		}
		checkSplit(t, random.Int64()>>random.IntN(64), weights)
	}
}

func TestRound(t *testing.T) {
	for _, test := range []struct {
		name          string
		amounts, want []int64
	}{
		{"none", nil, nil},
		{"three thirds of a cent", []int64{3333, 3333, 3334}, []int64{0, 0, 10000}},
		{"cents that would lose one", []int64{14_000, 14_000, 12_000}, []int64{20_000, 10_000, 10_000}},
		{"the sum is rounded half away from zero", []int64{5_000}, []int64{10_000}},
		{"a credit likewise", []int64{-5_000}, []int64{-10_000}},
		{"a credit beside", []int64{15_000, -5_000}, []int64{20_000, -10_000}},
	} {
		got := Round(test.amounts, 10_000)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func FuzzRound(f *testing.F) {
	f.Add(int64(3333), int64(-3333), int64(14_000), int64(10_000))
	f.Fuzz(func(t *testing.T, a, b, c, unit int64) {
		amounts := []int64{a >> 4, b >> 4, c >> 4}
		unit = max(unit>>4, 1)
		got := Round(amounts, unit)
		var sum, rounded int64
		for i, r := range got {
			if r%unit != 0 || magnitude(r-amounts[i]) >= uint64(unit) {
				t.Fatalf("%d is rounded to %d", amounts[i], r)
			}
			sum, rounded = sum+amounts[i], rounded+r
		}
		if rounded != RoundHalf(sum, unit) {
			t.Fatalf("%d rounded to %d: %d adds up to %d", amounts, unit, got, rounded)
		}
	})
}
