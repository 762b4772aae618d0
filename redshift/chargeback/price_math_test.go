package chargeback

import (
	"math/big"
	"strings"
	"testing"
	"time"
)

func TestPricesThatNothingCanBeReckonedWith(t *testing.T) {
	t.Parallel()
	good := Price{Kind: Compute, Amount: "0.375", Unit: "RPU-hour", Source: "fixed"}
	with := func(change func(*Price)) Prices {
		p := good
		change(&p)
		return Prices{Prices: []Price{good, p}}
	}
	day := Interval{october.From, october.From.Add(wholeDay)}
	for name, test := range map[string]struct {
		prices Prices
		want   string // empty if it is right
	}{
		"right":                 {Prices{Prices: []Price{good}}, ""},
		"for nothing":           {with(func(p *Price) { p.Amount = "0" }), ""},
		"negative":              {with(func(p *Price) { p.Amount = "-0.1" }), "prices[1]"},
		"no number":             {with(func(p *Price) { p.Amount = "0,375" }), "prices[1]"},
		"no amount":             {with(func(p *Price) { p.Amount = "" }), "prices[1]"},
		"a fraction":            {with(func(p *Price) { p.Amount = "1/3" }), "prices[1]"},
		"infinite":              {with(func(p *Price) { p.Amount = "Inf" }), "prices[1]"},
		"very long":             {with(func(p *Price) { p.Amount = "0." + strings.Repeat("1", 60) }), "prices[1]"},
		"another unit":          {with(func(p *Price) { p.Unit = "hour" }), "prices[1]: of kind compute per \"hour\": want it per RPU-hour"},
		"no unit":               {with(func(p *Price) { p.Unit = "" }), "prices[1]"},
		"no source":             {with(func(p *Price) { p.Source = "" }), "prices[1]: no Source"},
		"of the bill alone":     {with(func(p *Price) { p.Kind = Snapshots }), "prices[1]: there are no prices of kind \"snapshots\""},
		"no kind":               {with(func(p *Price) { p.Kind = "" }), "prices[1]"},
		"listed":                {Prices{List: []Price{good}}, ""},
		"listed without source": {Prices{List: []Price{{Kind: Compute, Amount: "1", Unit: "RPU-hour"}}}, "list[0]: no Source"},
		"discount":              {Prices{Discounts: []Discount{{Factor: "0.93", Source: "EDP"}}}, ""},
		"discount of nothing":   {Prices{Discounts: []Discount{{Kind: Other, Factor: "0.93", Source: "EDP"}}}, "discounts[0]"},
		"discount in percent":   {Prices{Discounts: []Discount{{Factor: "7%", Source: "EDP"}}}, "discounts[0]"},
		"discount of nobody":    {Prices{Discounts: []Discount{{Factor: "0.93"}}}, "discounts[0]: no Source"},
		"RPUs":                  {Prices{RPUs: []ServerlessReservation{{RPUs: 8, Hourly: "0.3", Interval: day, Source: "x"}}}, ""},
		"no RPUs":               {Prices{RPUs: []ServerlessReservation{{Hourly: "0.3", Interval: day, Source: "x"}}}, "rpus[0]"},
		"RPUs for no time":      {Prices{RPUs: []ServerlessReservation{{RPUs: 8, Hourly: "0.3", Interval: Interval{day.To, day.From}, Source: "x"}}}, "rpus[0]"},
		"RPUs for less":         {Prices{RPUs: []ServerlessReservation{{RPUs: 8, Hourly: "-0.3", Interval: day, Source: "x"}}}, "rpus[0]"},
		"RPUs twice":            {Prices{RPUs: []ServerlessReservation{{ID: "r", RPUs: 8, Hourly: "0.3", Interval: day, Source: "x"}, {ID: "r", RPUs: 8, Hourly: "0.3", Interval: day, Source: "y"}}}, "rpus[1]: reservation \"r\" is there twice"},
		"RPUs of nobody":        {Prices{RPUs: []ServerlessReservation{{RPUs: 8, Hourly: "0.3", Interval: day}}}, "rpus[0]: no Source"},
		"nodes":                 {Prices{Nodes: []NodeReservation{{Region: "us-east-1", NodeType: "dc2.large", Nodes: 1, Hourly: "1", Interval: day, Source: "x"}}}, ""},
		"nodes of which type?":  {Prices{Nodes: []NodeReservation{{Region: "us-east-1", Nodes: 1, Hourly: "1", Interval: day, Source: "x"}}}, "nodes[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.prices.validate()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}

func TestThePriceThatFits(t *testing.T) {
	t.Parallel()
	list := func(region, nodeType, amount string) Price {
		return Price{Kind: Nodes, Region: region, NodeType: nodeType, Amount: amount, Unit: "node-hour", Source: "AWS Price List"}
	}
	all := []Price{list("", "", "1"), list("us-east-1", "", "2"), list("us-east-1", "dc2.large", "3"), list("us-east-1", "dc2.large", "4"), list("", "ra3.4xlarge", "5")}
	for name, test := range map[string]struct {
		prices, fixed    []Price
		region, nodeType string
		want             string // empty for none
	}{
		"of Region and type":                 {all, nil, "us-east-1", "dc2.large", "3"},
		"of the Region":                      {all, nil, "us-east-1", "ds2.xlarge", "2"},
		"of the type":                        {all, nil, "eu-west-1", "ra3.4xlarge", "5"},
		"of all":                             {all, nil, "eu-west-1", "dc2.large", "1"},
		"what is given goes before":          {all, []Price{list("", "", "9")}, "us-east-1", "dc2.large", "9"},
		"none of the type":                   {all[4:], nil, "us-east-1", "dc2.large", ""},
		"given for another type":             {all, []Price{list("", "dc2.8xlarge", "9")}, "us-east-1", "dc2.large", "3"},
		"none of a Region that nobody knows": {all[1:4], nil, "", "dc2.large", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := Prices{Prices: test.fixed, List: test.prices}.of(Nodes, test.region, test.nodeType)
			if ok != (test.want != "") || got.Amount != test.want {
				t.Errorf("the price is %+v, %v, want %q", got, ok, test.want)
			}
		})
	}
}

// An amount is rounded once, half to even.
func TestAmountOf(t *testing.T) {
	t.Parallel()
	of := func(k Kind, amount string) Price {
		return Price{Kind: k, Amount: amount, Unit: priceUnits[k].unit, Source: "fixed"}
	}
	february, november := utc("2026-02-10 00:00:00"), utc("2026-11-10 00:00:00")
	for name, test := range map[string]struct {
		price    Price
		quantity int64 // in millionths
		at       time.Time
		want     string // empty for an error
	}{
		"an RPU-hour":                  {of(Compute, "0.375"), 3600 * perOne, november, "0.375"},
		"a node-hour":                  {of(Nodes, "3.26"), 3600 * perOne, november, "3.26"},
		"a GB-month of 720 hours":      {of(Storage, "0.024"), 1024 * 720 * perOne, november, "0.024"},
		"a GB-month of 672 hours":      {of(Storage, "0.024"), 1024 * 672 * perOne, february, "0.024"},
		"a GB":                         {of(Transfer, "0.02"), 1024 * perOne, november, "0.02"},
		"a TB":                         {of(Spectrum, "5"), 1 << 20 * perOne, november, "5.00"},
		"an hour of scaling":           {of(ScalingTime, "6.52"), 3600 * perOne, november, "6.52"},
		"half a millionth, to even":    {of(Compute, "0.0000005"), 3600 * perOne, november, "0.00"},
		"and up to even":               {of(Compute, "0.0000015"), 3600 * perOne, november, "0.000002"},
		"a little more than half":      {of(Compute, "0.00000050001"), 3600 * perOne, november, "0.000001"},
		"a third is not rounded first": {of(Compute, "0.1"), 1200 * perOne, november, "0.033333"},
		"too much":                     {of(Compute, "1000000000"), 1 << 60, november, ""},
		"no number":                    {of(Compute, "much"), perOne, november, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := amountOf(test.quantity, test.price, test.at)
			if (err == nil) != (test.want != "") || err == nil && got.String() != test.want {
				t.Errorf("the amount is %s, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestDiscountsAreExact(t *testing.T) {
	t.Parallel()
	p := Prices{Discounts: []Discount{{Factor: "0.93", Source: "a"}, {Factor: "0.999999", Source: "b"}}}
	got := p.discounted(Price{Kind: Compute, Amount: "0.375", Source: "AWS Price List"})
	if got.Amount != "0.34874965125" {
		t.Errorf("the price is %s", got.Amount)
	}
	if got := decimalText(big.NewRat(1, 3)); got != "0.333333333333333" {
		t.Errorf("a third is %s", got)
	}
}

// What is read as a decimal number is one, and is written as the same number.
func FuzzDecimal(f *testing.F) {
	for _, text := range []string{"0.375", "0", "1e3", "-1", "1/3", "0x10", "1_000", ".5", "5.", "", "Inf", "1E-40"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := decimal(text)
		if err != nil {
			return
		}
		if r.Sign() < 0 || strings.ContainsAny(text, "/_xX") {
			t.Fatalf("%q is read as %s", text, r)
		}
		if digits, exact := r.FloatPrec(); exact && digits <= 15 {
			again, err := decimal(decimalText(r))
			if len(text) <= 20 && (err != nil || again.Cmp(r) != 0) {
				t.Fatalf("%q is written as %q: %v", text, decimalText(r), err)
			}
		}
	})
}
