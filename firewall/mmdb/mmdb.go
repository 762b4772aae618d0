// Package mmdb tells the country of an address by a database in MaxMind's format,
// such as GeoLite2-Country.mmdb. A [DB] is a GeoDB of package firewall/rules. It is
// a module of its own, so that its dependency is only that of those who use it.
package mmdb

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// A DB is an open database. Its methods may be called from several goroutines, all
// before Close.
type DB struct {
	reader *maxminddb.Reader
}

// Open opens the database at path and maps it into memory. It refuses one that has no
// countries, such as one of networks' owners: all of its addresses would be
// in no country, so that no rule would ever match.
func Open(path string) (*DB, error) {
	reader, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("mmdb: %s: %w", path, err)
	}
	db := &DB{reader}
	if err := db.check(); err != nil {
		_ = reader.Close() // the database is refused, whatever that says
		return nil, fmt.Errorf("mmdb: %s: %w", path, err)
	}
	return db, nil
}

// check looks at the first networks: there are databases in which some have no
// country, and none in which thousands on end have none.
func (db *DB) check() error {
	const enough = 10_000
	seen := 0
	for network := range db.reader.Networks() {
		if err := network.Err(); err != nil {
			return err
		}
		if _, known := country(network); known {
			return nil
		}
		if seen++; seen == enough {
			break
		}
	}
	return fmt.Errorf("type %q has no country/iso_code: give a database of countries or cities", db.reader.Metadata.DatabaseType)
}

// Close releases the database.
func (db *DB) Close() error { return db.reader.Close() }

// Country returns the ISO 3166-1 code of the country that addr is in, as Suricata
// reads it: the member country/iso_code, not the country that registered the
// network. IPv4 addresses in IPv6 form are looked up as IPv4.
func (db *DB) Country(addr netip.Addr) (code string, known bool) {
	return country(db.reader.Lookup(addr.Unmap()))
}

func country(r maxminddb.Result) (code string, known bool) {
	if err := r.DecodePath(&code, "country", "iso_code"); err != nil {
		return "", false
	}
	return code, code != ""
}
