package share

import (
	"cmp"
	"slices"
	"strings"
)

// A Holder is an identity that has a privilege, or may have it, or was granted it in vain.
type Holder struct {
	Warehouse string   `json:"warehouse"` // name
	Identity  Grantee  `json:"identity"`
	Producer  string   `json:"producer"`
	Datashare string   `json:"datashare,omitempty"`
	Database  string   `json:"database,omitempty"` // in Warehouse
	Verdict   Verdict  `json:"verdict"`
	Why       []string `json:"why,omitempty"`
	Path      []Hop    `json:"path,omitempty"`
}

// WhoCan returns everyone who has a privilege on a table of a producer's database, in all
// warehouses, those who may have it, and those who were granted it without effect. The
// database may be named as in the producer or as in a consumer. Without a table it is about
// tables that are made later, or, for Create, Alter and Drop, also about the schema itself.
//
// Roles, groups and superusers are listed, and users who belong to them. PUBLIC is every user
// of a warehouse, and [Anyone] those who could not be read. An empty list means that nobody
// has the privilege only if there is no Anyone in it and the producer was looked into.
func (r AuditResult) WhoCan(p Privilege, database, schema, table string) []Holder {
	found := map[holderKey]Holder{}
	for i := range r.Access {
		a := &r.Access[i]
		if database != a.Source && database != a.Database || schema != r.schemaOf(a, schema) {
			continue
		}
		for _, right := range a.at(r, table) {
			if slices.Contains(right.Privileges, p) {
				r.hold(found, a, right)
			}
		}
	}
	list := make([]Holder, 0, len(found))
	for _, h := range found {
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b Holder) int {
		return cmp.Or(strings.Compare(a.Warehouse, b.Warehouse), compareGrantees(a.Identity, b.Identity), strings.Compare(a.Producer, b.Producer),
			strings.Compare(a.Datashare, b.Datashare), strings.Compare(a.Database, b.Database))
	})
	return list
}

// schemaOf returns the schema that was asked for if the access is about it: by name, or as
// one to come if it is not known.
func (r AuditResult) schemaOf(a *Access, schema string) string {
	if a.Schema != "" || r.schema(a.Producer, a.Source, schema) != nil {
		return a.Schema
	}
	return schema
}

// schema returns what is known of a schema.
func (r AuditResult) schema(producer, database, schema string) *AuditedSchema {
	i := slices.IndexFunc(r.Schemas, func(s AuditedSchema) bool {
		return s.Producer == producer && s.Database == database && s.Schema == schema
	})
	if i < 0 {
		return nil
	}
	return &r.Schemas[i]
}

// at returns the rights on a table, or on tables to come and the schema.
func (a *Access) at(r AuditResult, table string) []Right {
	known := false
	if s := r.schema(a.Producer, a.Source, a.Schema); s != nil {
		_, known = slices.BinarySearch(s.Tables, table)
	}
	var rights []Right
	if table == "" {
		rights = append(rights, a.OnSchema...)
	}
	var rest []Right
	for _, t := range a.Tables {
		switch {
		case slices.Contains(t.Tables, table):
			return t.Rights
		case known && t.Rest, !known && t.ToCome:
			rest = t.Rights
		}
	}
	return append(rights, rest...)
}

type holderKey struct {
	warehouse, producer, datashare, database string
	identity                                 Grantee
}

// hold notes that an identity and its members have a right.
func (r AuditResult) hold(found map[holderKey]Holder, a *Access, right Right) {
	note := func(who Grantee, path []Hop) {
		h := Holder{
			Warehouse: a.Warehouse, Identity: who, Producer: a.Producer, Datashare: a.Datashare, Database: a.Database,
			Verdict: right.Verdict, Why: right.Why, Path: path,
		}
		key := holderKey{a.Warehouse, a.Producer, a.Datashare, a.Database, who}
		if old, ok := found[key]; !ok || better(h.Verdict, old.Verdict) {
			found[key] = h
		}
	}
	note(a.Identity, right.Path)
	for _, user := range a.Alike {
		path := slices.Clone(right.Path)
		if len(path) > 0 {
			path[len(path)-1].Name = user
		}
		note(Grantee{Type: ToUser, Name: user}, path)
	}
	w := r.warehouse(a.Warehouse)
	if w == nil {
		return
	}
	for _, m := range w.Members {
		if m.Of == a.Identity {
			note(m.Who, append(slices.Clone(right.Path), m.hops()...))
		}
	}
	if a.Identity.Type == Superusers {
		for _, user := range w.Superusers {
			note(Grantee{Type: ToUser, Name: user}, append(slices.Clone(right.Path), Hop{Kind: string(ToUser), Name: user}))
		}
	}
}

// hops are the way from a role or group to its member.
func (m Member) hops() []Hop {
	var hops []Hop
	for _, role := range m.Via {
		hops = append(hops, Hop{Kind: string(ToRole), Name: role})
	}
	return append(hops, Hop{Kind: string(m.Who.Type), Name: m.Who.Name})
}

func (r AuditResult) warehouse(name string) *AuditedWarehouse {
	i := slices.IndexFunc(r.Warehouses, func(w AuditedWarehouse) bool { return w.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Warehouses[i]
}

// WhatCan returns all that one identity of a warehouse may do: what was granted to it, to its
// roles and groups and to PUBLIC, what it can do as a superuser, and what follows from several
// of these together. What it may do at most if something could not be read is among it: that
// of [Anyone], and for a user that of groups whose users are unknown.
func (r AuditResult) WhatCan(warehouse string, identity Grantee) []Access {
	w := r.warehouse(warehouse)
	if w == nil {
		return nil
	}
	is := map[Grantee]bool{identity: true, {Type: ToPublic}: true, {Type: Anyone}: true}
	for _, m := range w.Members {
		if m.Who == identity {
			is[m.Of] = true
		}
	}
	for _, g := range w.UnknownGroups {
		is[Grantee{Type: ToGroup, Name: g}] = is[Grantee{Type: ToGroup, Name: g}] || identity.Type == ToUser
	}
	if identity.Type == ToUser && slices.Contains(w.Superusers, identity.Name) {
		is[Grantee{Type: Superusers}] = true
	}
	var list []Access
	for _, a := range r.Access {
		if a.Warehouse == warehouse && (is[a.Identity] || identity.Type == ToUser && slices.Contains(a.Alike, identity.Name)) {
			list = append(list, a)
		}
	}
	return list
}
