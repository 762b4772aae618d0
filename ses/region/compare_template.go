package region

// templates decides about email templates.
func (c *comparer) templates() {
	if !c.opts.Covers(Templates) {
		return
	}
	for _, name := range names(c, Templates, c.from.templates, c.to.templates) {
		p, s := c.from.templates[name], c.to.templates[name]
		switch {
		case s == nil:
			c.add(c.make(Templates, name, "", Value{Template: &Template{Name: name, Digest: p.Digest, Size: p.Size, Tags: c.marked(p.Tags)}}))
		case p == nil:
			c.only(Templates, name, Value{Template: s})
		default:
			o := object{kind: Templates, name: name, from: Value{Template: p}, to: Value{Template: s}}
			wanted := Template{Name: name, Digest: p.Digest, Size: p.Size}
			c.add(c.keep(o, c.update(Templates, name, "", Content, o.to, Value{Template: &wanted}, false))...)
		}
	}
}

// verificationTemplates decides about custom verification templates, which send from a
// verified identity.
func (c *comparer) verificationTemplates() {
	if !c.opts.Covers(Verification) {
		return
	}
	for _, name := range names(c, Verification, c.from.verification, c.to.verification) {
		p, s := c.from.verification[name], c.to.verification[name]
		if p == nil {
			c.only(Verification, name, Value{Verification: s})
			continue
		}
		wanted := *p
		wanted.Tags = nil
		f := c.verifiedFate(p.From)
		if sandbox := outOfSandbox(c.to, "there are no custom verification templates"); !sandbox.ok {
			f = sandbox // https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
		}
		if s == nil {
			wanted.Tags = c.marked(p.Tags)
			if !f.ok {
				c.add(f.decision(c, Verification, name, "it sends from "+p.From+": "))
				continue
			}
			c.add(c.make(Verification, name, "", Value{Verification: &wanted}))
			continue
		}
		o := object{kind: Verification, name: name, from: Value{Verification: p}, to: Value{Verification: s}}
		changes := c.update(Verification, name, "", Content, o.to, Value{Verification: &wanted}, false)
		if len(changes) > 0 && !f.ok {
			d := f.decision(c, Verification, name, "it sends from "+p.From+": ")
			d.Change.Fields = changes[0].Change.Fields
			changes = []Decision{d}
		}
		c.add(c.keep(o, changes)...)
	}
}
