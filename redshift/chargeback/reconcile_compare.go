package chargeback

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"
)

// A topic is what a finding is about.
type topic struct {
	unit string
	kind Kind
}

// A place tells prices of a kind apart.
type place struct {
	region, nodeType string
}

// A pool is what is compared as a whole: usage of a kind on a day, where prices are the same.
type pool struct {
	kind  Kind
	day   time.Time
	place place
}

// A cell is what both bills say of a unit in a pool.
type cell struct {
	ours     Amount
	quantity big.Int // of ours, in millionths of the unit of the kind
	lines    int

	billed         Amount  // for usage, with what a reservation covers
	used           big.Rat // in units of AWS
	reserved       Amount  // of billed
	reservedUse    big.Rat
	reservationFee Amount // not in billed
	rows           int
	unsplit        bool // AWS named a unit that is not known
	estimated      bool
}

// A told is what is known of a topic.
type told struct {
	ours, billed Amount
	causes       map[Reason]Amount
	quantities   map[Reason]*big.Rat // in units of AWS, more than the bill has
	days         map[Reason]map[time.Time]bool
	records      map[Reason]map[string]Amount // by record type
	usageTypes   map[string]bool
	units        map[string]bool // of AWS that are not known

	oursUsed, awsUsed *big.Rat // where prices were compared, without what a reservation covers
	oursCost, awsCost Amount
	lines, rows       int
}

// A comparison is the work of CompareBill.
type comparison struct {
	bill    Bill
	options CompareOptions
	period  Interval
	total   big.Int // of the sizes of all amounts
	cells   map[pool]map[string]*cell
	topics  map[topic]*told
	usage   map[string]*BilledUsage
	grouped map[Kind]bool // kinds whose charges all tell the Region and, of nodes, the node type
	nowhere map[Kind]bool // kinds that AWS has under the code of a Region that is not known
	prices  map[pool]*big.Rat

	rounded, outside, untagged, tagged, rows int
	estimatedDays                            map[time.Time]bool
}

func newComparison(b Bill, o CompareOptions) *comparison {
	c := &comparison{
		bill: b, options: o, period: o.Period,
		cells: map[pool]map[string]*cell{}, topics: map[topic]*told{}, usage: map[string]*BilledUsage{},
		grouped: map[Kind]bool{}, nowhere: map[Kind]bool{}, estimatedDays: map[time.Time]bool{},
	}
	if c.period == (Interval{}) {
		c.period = b.Period
	}
	for kind := range billedMeasures {
		c.grouped[kind] = true
	}
	for _, charge := range b.Charges {
		if charge.Price.Region == "" || nodeKinds[charge.Kind] && charge.Price.NodeType == "" {
			c.grouped[comparedKind(charge.Kind)] = false
		}
	}
	return c
}

// comparedKind is the kind that AWS charges one of a bill as: it has no usage type for
// automatic optimization.
func comparedKind(k Kind) Kind {
	if k == Optimization {
		return Compute
	}
	return k
}

// nodeKinds are those whose prices differ by node type.
var nodeKinds = map[Kind]bool{Nodes: true, ScalingTime: true}

func (c *comparison) placeOf(k Kind, region, nodeType string) place {
	switch {
	case !c.grouped[k]:
		return place{}
	case c.nowhere[k]:
		region = ""
	}
	if nodeKinds[k] {
		return place{region, nodeType}
	}
	return place{region: region}
}

// findRegions finds the kinds whose Regions cannot be compared, since not all of AWS's are
// known: what is one usage would be two otherwise, of which each bill has another.
func (c *comparison) findRegions(billed []Billed) {
	for _, row := range billed {
		if u := usageTypeOf(row.UsageType); u.region == "" && c.covers(row.Day) {
			c.nowhere[u.kind] = true
		}
	}
}

func (c *comparison) unitOf(unit string) string {
	if c.options.TagKey == "" {
		return ""
	}
	return unit
}

func (c *comparison) covers(day time.Time) bool {
	return !day.Before(c.period.From) && day.Before(c.period.To)
}

func (c *comparison) cell(p pool, unit string) *cell {
	if c.cells[p] == nil {
		c.cells[p] = map[string]*cell{}
	}
	if c.cells[p][unit] == nil {
		c.cells[p][unit] = &cell{}
	}
	return c.cells[p][unit]
}

func (c *comparison) topic(unit string, k Kind) *told {
	key := topic{unit, k}
	if c.topics[key] == nil {
		c.topics[key] = &told{
			causes: map[Reason]Amount{}, quantities: map[Reason]*big.Rat{}, days: map[Reason]map[time.Time]bool{},
			records: map[Reason]map[string]Amount{}, usageTypes: map[string]bool{}, units: map[string]bool{},
			oursUsed: new(big.Rat), awsUsed: new(big.Rat),
		}
	}
	return c.topics[key]
}

// count adds the size of an amount to what sums may reach.
func (c *comparison) count(a Amount) {
	size := big.NewInt(int64(a))
	c.total.Add(&c.total, size.Abs(size))
}

func (c *comparison) checkSums() error {
	if c.total.CmpAbs(big.NewInt(largestAmount)) > 0 {
		return errors.New("the amounts of both bills add up to more than can be counted")
	}
	return nil
}

func (c *comparison) addBill() error {
	for i, line := range c.bill.Lines {
		if line.Charge < 0 || line.Charge >= len(c.bill.Charges) {
			return fmt.Errorf("line %d of the bill: there is no charge %d", i, line.Charge)
		}
		day, err := billedDay(line.Day)
		if err != nil {
			return fmt.Errorf("line %d of the bill: %w", i, err)
		}
		if !c.covers(day) {
			c.outside++
			continue
		}
		price := c.bill.Charges[line.Charge].Price
		unit, kind := c.unitOf(line.Unit), comparedKind(line.Kind)
		one := c.cell(pool{kind, day, c.placeOf(kind, price.Region, price.NodeType)}, unit)
		one.ours += line.Amount
		one.quantity.Add(&one.quantity, big.NewInt(line.Quantity))
		one.lines++
		c.topic(unit, kind).ours += line.Amount
		c.count(line.Amount)
	}
	return nil
}

func (c *comparison) addBilled(row Billed) error {
	if row.Currency != c.bill.Currency {
		return fmt.Errorf("its currency is %q, the bill's %q", row.Currency, c.bill.Currency)
	}
	day, err := billedDay(row.Day)
	if err != nil {
		return err
	}
	row.Day = day
	cost, exact, err := billedAmount(row.Cost)
	if err != nil {
		return fmt.Errorf("cost: %w", err)
	}
	quantity, err := billedNumber(cmp.Or(row.Quantity, "0"))
	if err != nil {
		return fmt.Errorf("quantity: %w", err)
	}
	if !c.covers(row.Day) {
		c.outside++
		return nil
	}
	if cost == 0 && exact && quantity.Sign() == 0 {
		return nil // Cost Explorer fills groups up with zeros
	}
	c.observe(row, cost, exact)
	c.place(row, cost, quantity)
	return nil
}

// billedDay returns a day such that equal ones are equal keys of a map.
func billedDay(t time.Time) (time.Time, error) {
	day := t.UTC().Truncate(24 * time.Hour)
	if !day.Equal(t) {
		return day, fmt.Errorf("%v is not midnight in UTC", t)
	}
	return day, nil
}

// observe counts a row.
func (c *comparison) observe(row Billed, cost Amount, exact bool) {
	c.count(cost)
	c.rows++
	if !exact {
		c.rounded++
	}
	if row.Group == "" {
		c.untagged++
	} else {
		c.tagged++
	}
	if row.Estimated {
		c.estimatedDays[row.Day] = true
	}
	if c.usage[row.UsageType] == nil {
		c.usage[row.UsageType] = &BilledUsage{UsageType: row.UsageType, Kind: usageTypeOf(row.UsageType).kind}
	}
	c.usage[row.UsageType].Rows++
	c.usage[row.UsageType].Cost += cost
}

// place puts a row where it is compared.
func (c *comparison) place(row Billed, cost Amount, quantity *big.Rat) {
	u := usageTypeOf(row.UsageType)
	class, reason := classOf(row.RecordType)
	if class == recordFee {
		u.kind = feeKind(u.kind)
	}
	unit := c.unitOf(groupUnit(row.Group, c.options.UnitOf))
	t := c.topic(unit, u.kind)
	t.billed += cost
	if row.UsageType != "" {
		t.usageTypes[row.UsageType] = true
	}
	if class == recordReason {
		t.because(reason, cost)
		t.record(reason, row.RecordType, cost)
		return
	}
	one := c.cell(pool{u.kind, row.Day, c.placeOf(u.kind, u.region, u.nodeType)}, unit)
	one.rows++
	one.estimated = one.estimated || row.Estimated
	if class == recordFee {
		one.reservationFee += cost
		t.record(ReasonReservation, row.RecordType, cost)
		return
	}
	one.billed += cost
	if class == recordReserved {
		one.reserved += cost
		t.record(ReasonReservation, row.RecordType, cost)
	}
	if u.free || quantity.Sign() == 0 {
		return
	}
	if m, ok := billedMeasures[u.kind]; !ok || !slices.Contains(m.aliases, letters(row.Unit)) {
		one.unsplit = ok
		t.units[row.Unit] = true
		return
	}
	one.used.Add(&one.used, quantity)
	if class == recordReserved {
		one.reservedUse.Add(&one.reservedUse, quantity)
	}
}

// groupUnit returns the unit of a value of the tag.
func groupUnit(group string, unitOf map[string]string) string {
	if unit, ok := unitOf[group]; ok {
		return unit
	}
	return group
}

// feeKind is the kind under which a bill has what a reservation costs beside its use.
func feeKind(k Kind) Kind {
	switch k {
	case Nodes:
		return UnusedNodes
	case Compute:
		return Reservation
	}
	return k
}

func (t *told) because(reason Reason, a Amount) { t.causes[reason] += a }

func (t *told) record(reason Reason, recordType string, a Amount) {
	if t.records[reason] == nil {
		t.records[reason] = map[string]Amount{}
	}
	t.records[reason][recordType] += a
}

// more notes a quantity, and the day of it.
func (t *told) more(reason Reason, quantity *big.Rat, day time.Time) {
	if quantity.Sign() == 0 {
		return
	}
	if t.quantities[reason] == nil {
		t.quantities[reason], t.days[reason] = new(big.Rat), map[time.Time]bool{}
	}
	t.quantities[reason].Add(t.quantities[reason], quantity)
	t.days[reason][day] = true
}

// explain gives every difference of every cell a cause.
func (c *comparison) explain() {
	c.prices = c.periodPrices()
	for p, cells := range c.cells {
		price := c.poolPrice(p, slices.Collect(maps.Values(cells)))
		between := c.betweenUnits(p, cells)
		for unit, one := range cells {
			t := c.topic(unit, p.kind)
			t.lines += one.lines
			t.rows += one.rows
			if one.reservationFee != 0 && p.kind != Reservation && p.kind != UnusedNodes {
				t.because(ReasonReservation, one.reservationFee)
				one.reservationFee = 0
			}
			c.explainCell(p, one, t, price, between[unit])
		}
	}
}

// oursIn returns the bill's quantity in units of AWS.
func (one *cell) oursIn(p pool) *big.Rat {
	size := billedMeasures[p.kind].sizeOn(p.day)
	return new(big.Rat).SetFrac(&one.quantity, new(big.Int).Mul(big.NewInt(size), big.NewInt(1_000_000)))
}

// priceIn returns the bill's price in a pool, in millionths of the currency for a unit of
// AWS, or nil if it has no usage there.
func priceIn(p pool, cells []*cell) *big.Rat {
	amount, quantity := new(big.Int), new(big.Rat)
	for _, one := range cells {
		amount.Add(amount, big.NewInt(int64(one.ours)))
		quantity.Add(quantity, one.oursIn(p))
	}
	if quantity.Sign() <= 0 {
		return nil
	}
	return new(big.Rat).Quo(new(big.Rat).SetInt(amount), quantity)
}

// poolPrice is the bill's price on the day, else in the period where prices are the same.
func (c *comparison) poolPrice(p pool, cells []*cell) *big.Rat {
	if _, ok := billedMeasures[p.kind]; !ok {
		return nil
	}
	if price := priceIn(p, cells); price != nil {
		return price
	}
	return c.prices[pool{kind: p.kind, place: p.place}]
}

// periodPrices returns the bill's prices over the period, by pools without a day.
func (c *comparison) periodPrices() map[pool]*big.Rat {
	amounts, quantities := map[pool]*big.Int{}, map[pool]*big.Rat{}
	for p, cells := range c.cells {
		if _, ok := billedMeasures[p.kind]; !ok {
			continue
		}
		whole := pool{kind: p.kind, place: p.place}
		if amounts[whole] == nil {
			amounts[whole], quantities[whole] = new(big.Int), new(big.Rat)
		}
		for _, one := range cells {
			amounts[whole].Add(amounts[whole], big.NewInt(int64(one.ours)))
			quantities[whole].Add(quantities[whole], one.oursIn(p))
		}
	}
	prices := map[pool]*big.Rat{}
	for p, amount := range amounts {
		if quantities[p].Sign() > 0 {
			prices[p] = new(big.Rat).Quo(new(big.Rat).SetInt(amount), quantities[p])
		}
	}
	return prices
}

// betweenUnits returns what of each unit's difference in quantity another unit has the other
// way round. It adds up to zero.
func (c *comparison) betweenUnits(p pool, cells map[string]*cell) map[string]*big.Rat {
	between := map[string]*big.Rat{}
	more, less := new(big.Rat), new(big.Rat)
	if _, ok := billedMeasures[p.kind]; !ok {
		return between
	}
	for unit, one := range cells {
		if one.unsplit {
			return map[string]*big.Rat{}
		}
		d := new(big.Rat).Sub(&one.used, one.oursIn(p))
		between[unit] = d
		if d.Sign() > 0 {
			more.Add(more, d)
		} else {
			less.Sub(less, d)
		}
	}
	moved := more
	if less.Cmp(more) < 0 {
		moved = less
	}
	for _, d := range between {
		side := more
		if d.Sign() < 0 {
			side = less
		}
		if d.Sign() != 0 {
			d.Mul(d, new(big.Rat).Quo(moved, side))
		}
	}
	return between
}

// explainCell splits a cell's difference: what follows from the quantity at the bill's
// price, and the rest.
func (c *comparison) explainCell(p pool, one *cell, t *told, price, between *big.Rat) {
	left := one.billed + one.reservationFee - one.ours
	switch {
	case p.kind == Reservation || p.kind == UnusedNodes:
		t.because(ReasonReservation, left)
		return
	case billedMeasures[p.kind].size == 0:
		t.because(ReasonUnseen, left)
		return
	case one.unsplit:
		t.because(ReasonUnsplit, left)
		return
	}
	ours := one.oursIn(p)
	differs := new(big.Rat).Sub(&one.used, ours)
	own := priceIn(p, []*cell{one})
	if own != nil {
		price = own
	}
	if price == nil { // the bill has nothing of it
		reason := c.usageReason(p, one, left)
		t.because(reason, left)
		t.more(reason, differs, p.day)
		return
	}
	if between == nil {
		between = new(big.Rat)
	}
	left -= t.valued(ReasonUnits, between, price, p.day)
	differs.Sub(differs, between)
	left -= t.valued(c.usageReason(p, one, Amount(differs.Sign())), differs, price, p.day)
	left -= t.reservation(one, price)
	if bound := Amount(one.lines + one.rows + 2); left <= bound && -left <= bound {
		t.because(ReasonRounding, left) // each line, row and part of the difference is off by one millionth at most
		return
	}
	t.because(ReasonPrice, left)
	if own == nil { // the price of others
		atPrice, _ := roundRat(new(big.Rat).Mul(&one.used, price))
		t.oursCost += atPrice
		t.oursUsed.Add(t.oursUsed, &one.used)
	}
	t.oursCost += one.ours
	t.oursUsed.Add(t.oursUsed, ours)
	t.awsCost += one.billed - one.reserved
	t.awsUsed.Add(t.awsUsed, new(big.Rat).Sub(&one.used, &one.reservedUse))
}

// valued adds a quantity at a price to a cause, and returns the amount.
func (t *told) valued(reason Reason, quantity, price *big.Rat, day time.Time) Amount {
	a, ok := roundRat(new(big.Rat).Mul(quantity, price))
	if !ok || a > largestPart || -a > largestPart {
		return 0 // a price of no meaning, of a quantity near nothing
	}
	t.because(reason, a)
	t.more(reason, quantity, day)
	return a
}

// largestPart bounds parts of a difference: those of all days, Regions and node types of a
// topic are to have a sum that stays exact.
const largestPart = 1 << 44

// reservation adds what usage costs less because a reservation covers it.
func (t *told) reservation(one *cell, price *big.Rat) Amount {
	if one.reserved == 0 && one.reservedUse.Sign() == 0 {
		return 0
	}
	full, ok := roundRat(new(big.Rat).Mul(&one.reservedUse, price))
	if !ok || full > largestPart || -full > largestPart {
		return 0
	}
	t.because(ReasonReservation, one.reserved-full)
	return one.reserved - full
}

// usageReason tells why AWS counts more (sign > 0) or less.
func (c *comparison) usageReason(p pool, one *cell, sign Amount) Reason {
	end := p.day.AddDate(0, 0, 1)
	switch {
	case c.options.Now.IsZero() && one.estimated, !c.options.Now.IsZero() && end.Add(lateness).After(c.options.Now):
		return ReasonLate
	case sign > 0 && c.gapOn(p.kind, Interval{p.day, end}):
		return ReasonGap
	}
	return ReasonUsage
}

// gapTables are where the usage of a kind is from.
var gapTables = map[Kind][]Table{
	Compute: {Minutes}, Storage: {Minutes, SchemaSizes}, Transfer: {Minutes},
	Nodes: {States}, ScalingTime: {Scalings}, Spectrum: {Scans},
}

func (c *comparison) gapOn(k Kind, day Interval) bool {
	return slices.ContainsFunc(c.bill.Gaps, func(g Gap) bool {
		return slices.Contains(gapTables[k], g.Table) && g.Interval.From.Before(day.To) && g.Interval.To.After(day.From)
	})
}
