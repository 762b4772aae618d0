package rules

// index makes the tables of columns. They say exactly which rules a packet's
// countries match, except of rules with several keywords that take either end: those
// are looked at when they come up.
func (e *Evaluator) index() {
	e.words = (len(e.rules) + 63) / 64
	countries := e.countries()
	for _, table := range []*[][]uint64{&e.src, &e.dst, &e.eitherSrc, &e.eitherDst} {
		*table = e.table(len(countries))
	}
	for i := range e.rules {
		for column, country := range countries {
			e.set(i, column, country)
		}
		for kind := range e.protocols {
			may := e.rules[i].transport&(1<<kind) != 0
			setIf(may, e.protocols[kind], i)
			setIf(may && e.rules[i].action != Alert, e.deciding[kind], i)
		}
	}
}

// countries returns a country for each column, and numbers those that rules name. No
// code is that of the country that no rule names.
func (e *Evaluator) countries() []string {
	e.column = map[string]int{}
	countries := []string{unknownColumn: "", otherColumn: "\x00"}
	for _, c := range e.rules {
		for _, geo := range c.geo {
			for _, country := range geo.Countries {
				if _, known := e.column[country]; !known {
					e.column[country] = len(countries)
					countries = append(countries, country)
				}
			}
		}
	}
	for kind := range e.protocols {
		e.protocols[kind], e.deciding[kind] = make([]uint64, e.words), make([]uint64, e.words)
	}
	for i := range e.letters {
		e.letters[i] = otherColumn
	}
	for country, column := range e.column {
		if i, ok := letterIndex(country); ok {
			e.letters[i] = int32(column)
		}
	}
	return countries
}

const letters = 'Z' - 'A' + 1

// letterIndex is the place of a code of two letters in upper case among all such.
func letterIndex(code string) (int, bool) {
	if len(code) != 2 || code[0]-'A' >= letters || code[1]-'A' >= letters {
		return 0, false
	}
	return int(code[0]-'A')*letters + int(code[1]-'A'), true
}

func (e *Evaluator) table(columns int) [][]uint64 {
	cells := make([]uint64, columns*e.words)
	rows := make([][]uint64, columns)
	for i := range rows {
		rows[i] = cells[i*e.words : (i+1)*e.words : (i+1)*e.words]
	}
	return rows
}

// set puts rule i into the tables, as far as an address in a country matches it.
func (e *Evaluator) set(i, column int, country string) {
	src, dst, eitherSrc, eitherDst, eithers := true, true, true, true, 0
	for _, geo := range e.rules[i].geo {
		holds := geo.holds(country)
		switch geo.Match {
		case Src:
			src = src && holds
		case Dst:
			dst = dst && holds
		case Both:
			src, dst = src && holds, dst && holds
		default:
			eithers++
			eitherSrc, eitherDst = eitherSrc && holds, eitherDst && holds
		}
	}
	if eithers > 1 { // one may hold for the one end, and one for the other
		eitherSrc, eitherDst, e.rules[i].geoOpen = true, true, true
	}
	setIf(src, e.src[column], i)
	setIf(dst, e.dst[column], i)
	setIf(eitherSrc, e.eitherSrc[column], i)
	setIf(eitherDst, e.eitherDst[column], i)
}

func setIf(holds bool, row []uint64, i int) {
	if holds {
		row[i/64] |= 1 << (i % 64)
	}
}

func (e *Evaluator) columnOf(country string) int {
	if country == "" {
		return unknownColumn
	}
	if i, ok := letterIndex(country); ok {
		return int(e.letters[i])
	}
	if column, named := e.column[country]; named {
		return column
	}
	return otherColumn
}
