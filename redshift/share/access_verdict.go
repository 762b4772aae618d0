package share

// A spot is what privileges are on: a table, tables to come in a schema (no table), or the
// schema itself. A spot without a schema is in schemas to come.
type spot struct {
	schema, table string
	itself        bool // the schema
}

// toCome reports whether the spot is tables that are not there yet.
func (s spot) toCome() bool { return !s.itself && s.table == "" }

// of returns what was granted at the spot.
func (s spot) of(g *granted) mask {
	if s.itself {
		return g.onSchema(s.schema) & schemaBits
	}
	return g.onTable(s.schema, s.table)
}

// all returns the privileges that there are for the spot.
func (s spot) all() mask {
	if s.itself {
		return schemaBits
	}
	return tableBits
}

// A holding is an identity of a warehouse with everything it was granted in one database.
type holding struct {
	who    Grantee
	parts  []part
	every  bool // superusers, or identities that are unknown
	unsure string
}

// has returns the privileges at a spot, and whether there is USAGE of the database and of
// the schema.
func (h *holding) has(s spot) (m mask, database, schema bool) {
	if h.every {
		return s.all(), true, true
	}
	for _, p := range h.parts {
		m |= s.of(p.granted)
		database = database || p.database&usageBit != 0
		schema = schema || p.onSchema(s.schema)&usageBit != 0
	}
	return m, database, schema
}

// A ruling collects what speaks against a privilege.
type ruling struct{ no, unsure []string }

func (r *ruling) add(v Verdict, text string) {
	if v == No {
		r.no = append(r.no, text)
	} else {
		r.unsure = append(r.unsure, text)
	}
}

// verdict returns the outcome with its reasons: of a No only what makes it one.
func (r *ruling) verdict() (Verdict, []string) {
	switch {
	case len(r.no) > 0:
		return No, r.no
	case len(r.unsure) > 0:
		return Unsure, r.unsure
	}
	return Yes, nil
}

// rule tells whether an identity can use a privilege at a spot, and why not or why that is
// unknown. It returns no verdict if there is no right to speak of.
func (u *use) rule(h *holding, s spot, p mask) (Verdict, []string) {
	var r ruling
	claim, whole := u.claim(&r, h, s, p)
	if !claim {
		return "", nil
	}
	if u.offer != nil {
		if !u.offered(&r, s, p) && whole {
			return "", nil
		}
		u.limits(&r, s, p)
	}
	if t := u.source.schemas[s.schema][s.table]; t.isView() && p&(insertBit|updateBit|deleteBit|truncateBit) != 0 {
		r.add(No, "a view takes no writes")
	}
	return r.verdict()
}

// claim reports whether the identity was granted the privilege in its warehouse, or has it
// as part of the whole that the datashare gives.
func (u *use) claim(r *ruling, h *holding, s spot, p mask) (claim, whole bool) {
	if h.unsure != "" {
		r.add(Unsure, h.unsure)
	}
	m, database, schema := h.has(s)
	if h.every {
		return true, true
	}
	switch {
	case u.made == withoutPermissions:
		return database, true
	case u.made == unknownPermissions && database && (m&p == 0 || !schema):
		r.add(Unsure, "whether the database was made WITH PERMISSIONS is unknown: without, its USAGE is everything that the datashare gives; with, it gives nothing of itself")
		return true, m&p == 0
	}
	if m&p == 0 {
		return false, false
	}
	if u.made != local && !database {
		r.add(No, "there is no USAGE of the database "+u.database)
	}
	if !schema {
		r.add(No, "there is no USAGE of the schema")
	}
	return true, false
}

// offered tells whether the datashare gives the privilege. It returns false if it surely
// does not.
func (u *use) offered(r *ruling, s spot, p mask) bool {
	o := u.offer
	switch {
	case o.gives(s)&p == 0 && o.complete:
		r.add(No, "the datashare "+o.name+" does not give it")
		return false
	case o.gives(s)&p == 0:
		r.add(Unsure, "what the datashare "+o.name+" gives is not known: "+o.source.node.name+" was not looked into or not read to the end")
	case !o.usage(s.schema):
		r.add(Unsure, "the datashare "+o.name+" was not seen to give USAGE of the schema")
	}
	return true
}

// limits adds what else keeps another warehouse from using the privilege.
func (u *use) limits(r *ruling, s spot, p mask) {
	limits := u.writes
	if p == selectBit {
		limits = u.reads
	}
	for _, l := range limits {
		r.add(l.verdict, l.text)
	}
	if s.table == "" {
		return
	}
	u.limitTable(r, u.source.schemas[s.schema][s.table], p)
	if what := u.source.unread(); what != "" {
		r.add(Unsure, "not known of "+u.source.node.name+", since it could not be read: "+what)
	}
}
