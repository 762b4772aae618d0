package main

import (
	"fmt"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// driftText is a line about what differs.
func driftText(d share.Drift) string {
	text := fmt.Sprintf("%s: %s, %s", d.How, itemText(d.Item), d.Item.Warehouse)
	if d.Reason != "" {
		text += ": " + d.Reason
	}
	return printable.Escape(text)
}

// itemText names a thing that sharing consists of.
func itemText(i share.Item) string {
	switch {
	case i.Grant != nil:
		return grantText(*i.Grant)
	case i.Kind == share.KindDatashare:
		return "datashare " + i.Datashare
	case i.Kind == share.KindDatabase:
		return "database " + i.Database + " of datashare " + i.Datashare
	case i.Consumer.Namespace != "":
		return fmt.Sprintf("%s of datashare %s by namespace %s", i.Kind, i.Datashare, i.Consumer.Namespace)
	}
	return fmt.Sprintf("%s of datashare %s by account %s", i.Kind, i.Datashare, i.Consumer.Account)
}

func grantText(g share.Grant) string {
	at := g.Database
	for _, part := range []string{g.Schema, g.Object} {
		if part != "" {
			at += "." + part
		}
	}
	on := strings.TrimSpace(string(g.Scope) + " " + at)
	switch g.Scope {
	case share.ForSchemas, share.ForTables, share.ForFunctions:
		on = fmt.Sprintf("all %s of %s", g.Scope, at)
	}
	return strings.TrimSpace(fmt.Sprintf("%s on %s to %s %s", g.Privilege, on, g.Grantee.Type, g.Grantee.Name))
}
