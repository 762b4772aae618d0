package chargeback

import (
	"fmt"
	"slices"
)

func (b *Bill) page() billPage {
	s := b.sums()
	p := billPage{
		Period: textPeriod(b.Period), Currency: pageText(b.Currency), Total: textCents(s.cents),
		Proof: s.proof(b), AddsUp: s.addUp(b),
		Provisional: pageTexts(b.Provisional), Notes: pageTexts(b.Notes),
		Units: s.unitChart(), Days: b.dayChart(&s),
	}
	p.tiles(b, &s)
	p.table(b, &s)
	p.owners(b, &s)
	p.charges(b)
	p.aside(b)
	return p
}

func (p *billPage) tiles(b *Bill, s *billSums) {
	paying := 0
	for _, u := range s.units {
		if u.name != "" {
			paying++
		}
	}
	none, idle, spread, harvest := s.centsOfNone(), s.centsOf(stateIdle), s.centsOf(stateSpread), s.centsOf(stateHarvest)
	p.Tiles = append(p.Tiles,
		pageTile{"good", "Attributed", textCents(s.cents - none), "to " + textCount(paying, "unit")},
		pageTile{"warn", "Not attributed", textCents(none), textPercent(none, s.cents)},
		pageTile{"warn", "Idle", textCents(idle), textPercent(idle, s.cents)})
	if spread != 0 {
		p.Tiles = append(p.Tiles, pageTile{"warn", "Idle, spread", textCents(spread), "over what ran"})
	}
	if harvest != 0 {
		p.Tiles = append(p.Tiles, pageTile{"", "Harvest", textCents(harvest), "what keeping the usage cost"})
	}
	if len(b.Unpriced) > 0 {
		p.Tiles = append(p.Tiles, pageTile{"bad", "Without a price", fmt.Sprint(len(b.Unpriced)), "the bill is incomplete"})
	}
	if len(b.Gaps) > 0 {
		p.Tiles = append(p.Tiles, pageTile{"bad", "Gaps", fmt.Sprint(len(b.Gaps)), "in what was harvested"})
	}
}

// table fills the table of units and kinds.
func (p *billPage) table(b *Bill, s *billSums) {
	totals := map[Kind]Amount{}
	for _, u := range s.units {
		row := pageUnit{Name: pageText(unitText(u.name)), CostCenter: pageText(b.unit(u.name).CostCenter), Total: textCents(u.cents), Share: textPercent(u.amount, s.lines)}
		if u.name == "" {
			row.Class = "none"
		}
		for _, k := range s.kinds {
			cents, there := u.kind(k)
			totals[k] += cents
			cell := pageCell{"n", ""}
			if there {
				cell.Text = textCents(cents)
			}
			row.Cells = append(row.Cells, cell)
		}
		var idle Amount
		for _, c := range u.cells {
			if c.state == stateIdle || c.state == stateSpread {
				idle += c.cents
			}
		}
		if idle != 0 {
			row.Idle = textCents(idle)
		}
		p.Table = append(p.Table, row)
	}
	for _, k := range s.kinds {
		p.Kinds = append(p.Kinds, pageCell{"n", pageText(string(k))})
		p.Totals = append(p.Totals, pageCell{"n", textCents(totals[k])})
	}
	p.TableNote = "in " + p.Currency + ", rounded to cents that add up"
}

func (p *billPage) owners(b *Bill, s *billSums) {
	all := b.owners(*s)
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(o ownerSum) bool { return o.unit != all[0].unit })
		if n < 0 {
			n = len(all)
		}
		p.Owners = append(p.Owners, pageOwnersOf(all[:n]))
		all = all[n:]
	}
	for i := range p.Owners {
		p.Owners[i].Open = len(p.Owners) <= 4
	}
}

func pageOwnersOf(owners []ownerSum) pageOwners {
	var total, cents Amount
	for _, o := range owners {
		total, cents = total+o.amount, cents+o.cents
	}
	p := pageOwners{Unit: pageText(unitText(owners[0].unit)), Total: textCents(cents), Note: shown(min(len(owners), mostPageOwners), len(owners))}
	for _, o := range owners[:min(len(owners), mostPageOwners)] {
		p.Rows = append(p.Rows, pageOwner{pageText(ownerText(o.owner)), textCents(o.cents), textPercent(o.amount, total)})
	}
	return p
}

func (p *billPage) charges(b *Bill) {
	p.Charges = newPageList("warehouse", "kind", ">quantity", "price", ">"+b.Currency, "source of the price")
	cents, days := b.chargeCents(), b.chargeDays()
	for i, c := range b.Charges[:min(len(b.Charges), mostPageRows)] {
		p.Charges.add(warehouseText(c.Warehouse), string(c.Kind), textQuantity(c.Kind, c.Quantity, c.Price, days[i]), textPrice(c.Price),
			textCents(cents[i]), c.Price.Source)
	}
	p.Charges.Note = shown(len(p.Charges.Rows), len(b.Charges))
}

// aside fills the lists of what is not in the total, and of what is not known.
func (p *billPage) aside(b *Bill) {
	p.Beside = newPageList("unit", "warehouse", "kind", ">quantity", ">"+b.Currency)
	beside := b.besideSums()
	for _, l := range beside[:min(len(beside), mostPageRows)] {
		p.Beside.add(unitText(l.Unit), warehouseText(l.Warehouse), string(l.Kind), textQuantity(l.Kind, l.Quantity, Price{}, b.Period.From), textExact(l.Amount))
	}
	p.Beside.Note = shown(len(p.Beside.Rows), len(beside))

	p.Unpriced = newPageList("warehouse", "kind", "node type", ">quantity", "why")
	for _, u := range b.Unpriced[:min(len(b.Unpriced), mostPageRows)] {
		p.Unpriced.add(warehouseText(u.Warehouse), string(u.Kind), u.NodeType, textQuantity(u.Kind, u.Quantity, Price{}, b.Period.From), u.Reason)
	}
	p.Unpriced.Note = shown(len(p.Unpriced.Rows), len(b.Unpriced))

	p.Gaps = newPageList("warehouse", "table", "time (UTC)", "why")
	for _, g := range b.Gaps[:min(len(b.Gaps), mostPageRows)] {
		p.Gaps.add(warehouseText(g.Warehouse), string(g.Table), textInterval(g.Interval), g.Reason)
	}
	p.Gaps.Note = shown(len(p.Gaps.Rows), len(b.Gaps))

	p.Crossing = newPageList("warehouse", ">transaction", "user", "start (UTC)", "end (UTC)")
	for _, c := range b.Crossing[:min(len(b.Crossing), mostPageRows)] {
		p.Crossing.add(warehouseText(c.Warehouse), fmt.Sprint(c.Transaction), c.User, c.Start.UTC().Format("2006-01-02 15:04:05"), textCrossingEnd(c))
	}
	p.Crossing.Note = shown(len(p.Crossing.Rows), len(b.Crossing))
}
