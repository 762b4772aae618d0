package mmdb_test

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/awspatterns/awspatterns/firewall/mmdb"
)

func TestCountry(t *testing.T) {
	db := open(t, write(t, map[string]mmdbtype.Map{
		"198.51.100.0/24": country("JP"),
		"203.0.113.0/24":  country("GB"),
		"2001:db8::/32":   country("DE"),
		"192.0.2.0/25":    {"registered_country": mmdbtype.Map{"iso_code": mmdbtype.String("US")}},
		"192.0.2.128/25":  {"country": mmdbtype.Map{"iso_code": mmdbtype.String("")}},
	}))
	tests := []struct {
		addr, code string
		known      bool
	}{
		{"198.51.100.9", "JP", true},
		{"::ffff:203.0.113.9", "GB", true},
		{"2001:db8::1", "DE", true},
		{"192.0.2.9", "", false},   // registered there, which is not being there
		{"192.0.2.200", "", false}, // an empty code is no country
		{"10.0.0.1", "", false},
		{"2001:db9::1", "", false},
	}
	for _, test := range tests {
		code, known := db.Country(netip.MustParseAddr(test.addr))
		if code != test.code || known != test.known {
			t.Errorf("%s: %q, %v, want %q, %v", test.addr, code, known, test.code, test.known)
		}
	}
	if code, known := db.Country(netip.Addr{}); known {
		t.Errorf("no address is in %q", code)
	}
}

func TestOpenRefuses(t *testing.T) {
	noDB := filepath.Join(t.TempDir(), "no.mmdb")
	if err := os.WriteFile(noDB, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ path, want string }{
		"missing":      {filepath.Join(t.TempDir(), "missing.mmdb"), "missing.mmdb"},
		"no database":  {noDB, "no.mmdb"},
		"no countries": {write(t, map[string]mmdbtype.Map{"1.0.0.0/24": {"autonomous_system_number": mmdbtype.Uint32(1)}}), "country/iso_code"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := mmdb.Open(test.path)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func BenchmarkCountry(b *testing.B) {
	db := open(b, write(b, map[string]mmdbtype.Map{"198.51.100.0/24": country("JP")}))
	addr := netip.MustParseAddr("198.51.100.9")
	for b.Loop() {
		if _, known := db.Country(addr); !known {
			b.Fatal("unknown")
		}
	}
}

func country(code string) mmdbtype.Map {
	return mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(code)}}
}

func open(t testing.TB, path string) *mmdb.DB {
	t.Helper()
	db, err := mmdb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// write makes a database of networks.
func write(t testing.TB, networks map[string]mmdbtype.Map) string {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "test", IncludeReservedNetworks: true, DisableIPv4Aliasing: true})
	if err != nil {
		t.Fatal(err)
	}
	for cidr, record := range networks {
		_, network, err := net.ParseCIDR(cidr)
		if err == nil {
			err = tree.Insert(network, record)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "test.mmdb")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
