package share

import "strings"

// path returns the way from the tables to an identity, by the part of it that has the
// privilege and is the nearest.
func (u *use) path(h *holding, s spot, p mask) []Hop {
	var path []Hop
	if u.offer != nil {
		path = append(path, Hop{Kind: "datashare", Name: u.offer.name, Gives: u.offer.how(s, p)})
		if u.in.found.Namespace != "" {
			path = append(path, Hop{Kind: "namespace", Name: u.in.found.Namespace})
		} else if u.in.found.Account != "" {
			path = append(path, Hop{Kind: "account", Name: u.in.found.Account})
		}
	}
	if h.every {
		return append(u.hop(path, ""), Hop{Kind: string(h.who.Type)})
	}
	by, how := u.carrier(h, s, p)
	path = u.hop(path, u.usage(h, s, by))
	for i, who := range by.chain {
		hop := Hop{Kind: string(who.Type), Name: who.Name}
		if i == 0 {
			hop.Gives = how
		}
		path = append(path, hop)
	}
	return path
}

// hop adds the database of the warehouse.
func (u *use) hop(path []Hop, gives string) []Hop {
	if u.database == "" {
		return path
	}
	return append(path, Hop{Kind: "database", Name: u.database, Gives: gives})
}

// carrier returns the part of an identity that has the privilege, and how.
func (u *use) carrier(h *holding, s spot, p mask) (part, string) {
	for _, part := range h.parts {
		if s.of(part.granted)&p != 0 {
			return part, howOf(part.granted, s, p)
		}
	}
	for _, part := range h.parts {
		if part.database&usageBit != 0 {
			return part, "USAGE of the database"
		}
	}
	return part{}, ""
}

// usage tells who has USAGE of database and schema where it is not who has the privilege.
func (u *use) usage(h *holding, s spot, by part) string {
	var from []string
	other := func(what string, has func(*granted) bool) {
		if by.granted == nil || has(by.granted) {
			return
		}
		for _, part := range h.parts {
			if has(part.granted) {
				from = append(from, what+" from "+granteeText(part.who))
				return
			}
		}
	}
	if u.made != local {
		other("USAGE of the database", func(g *granted) bool { return g.database&usageBit != 0 })
	}
	if u.made == local || u.made == withPermissions {
		other("USAGE of the schema", func(g *granted) bool { return g.onSchema(s.schema)&usageBit != 0 })
	}
	return strings.Join(from, ", ")
}

// how tells how the datashare gives a privilege.
func (o *offer) how(s spot, p mask) string {
	if how := howOf(o.granted, s, p); how != "" {
		return how
	}
	if o.gives(s)&p != 0 {
		return "to be read when tables are added (INCLUDENEW)"
	}
	return ""
}

// howOf tells by which scope a privilege is held.
func howOf(g *granted, s spot, p mask) string {
	if !s.itself {
		return g.scopeOf(p, s.schema, s.table)
	}
	switch {
	case g.look(s.schema).itself&p != 0:
		return "on the schema"
	case g.schemas&p != 0:
		return "on all schemas of the database"
	}
	return ""
}
