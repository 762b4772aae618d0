package rules

import (
	"fmt"
	"strings"
)

// ValidCountry reports whether AWS Network Firewall takes code in geoip: the 249
// officially assigned codes of ISO 3166-1 alpha-2 and XK (Kosovo), in upper case.
//
// Suricata itself takes any word, and then never matches it, or everything else if it
// is negated. The list is what the service's API took and refused when others tried
// all codes (cdk-preflight, networkfirewall-suricata-geoip-country-code). The API is
// also said to take lower case; Suricata compares by case and never matches it, so
// that it is refused here.
func ValidCountry(code string) bool {
	_, ok := countryNames[code]
	return ok
}

// CountryName returns the short English name of a country, in ASCII so that it can
// stand in a rule's msg, or "" if the code is not valid.
func CountryName(code string) string { return countryNames[code] }

// CountryProblem says why code is not valid, and what to write instead. Both are empty
// if it is valid; fix is empty if nobody can know what was meant.
func CountryProblem(code string) (reason, fix string) {
	if ValidCountry(code) {
		return "", ""
	}
	trimmed := strings.TrimSpace(code)
	if old, ok := oldCodes[trimmed]; ok {
		return old.reason, old.fix
	}
	upper := strings.ToUpper(trimmed)
	switch {
	case trimmed == "":
		return "it is empty", ""
	case strings.HasPrefix(trimmed, "!"):
		return "one \"!\" negates all countries of its keyword, and is no part of a code", ""
	case trimmed != code && ValidCountry(upper):
		return "a blank is part of the code for Suricata, so that it never matches", "use " + upper
	case ValidCountry(upper):
		return "codes are compared by case, so that lower case never matches", "use " + upper
	case oldCodes[upper].reason != "":
		return oldCodes[upper].reason, oldCodes[upper].fix
	}
	return "it is no ISO 3166-1 alpha-2 code (249 are assigned, and XK)", fixByName(trimmed)
}

// fixByName finds the code of a country whose name was written.
func fixByName(name string) string {
	for code, known := range countryNames {
		if strings.EqualFold(name, known) {
			return "use " + code
		}
	}
	if len(name) == 3 {
		return fmt.Sprintf("use the code of two letters instead of %s", name)
	}
	return ""
}

// An oldCode is one that people write and that is not assigned, or no longer.
type oldCode struct{ reason, fix string }

// oldCodes has those that the API was seen to refuse (AC AN AP CS EA EU IC SU TA TP
// UK YU) and others that were withdrawn from ISO 3166-1 or come from other lists.
var oldCodes = map[string]oldCode{
	"AC": {"it is reserved for Ascension Island, which has no code of its own", "use SH"},
	"AN": {"it was withdrawn with the Netherlands Antilles in 2010", "use BQ, CW and SX"},
	"AP": {"it is no country but a region of old databases (Asia/Pacific)", "name the countries"},
	"BU": {"it was withdrawn with Burma in 1989", "use MM"},
	"CP": {"it is reserved for Clipperton Island, which has no code of its own", "use FR"},
	"CS": {"it was withdrawn with Serbia and Montenegro in 2006, and with Czechoslovakia in 1993", "use RS and ME, or CZ and SK"},
	"DD": {"it was withdrawn with the German Democratic Republic in 1990", "use DE"},
	"DG": {"it is reserved for Diego Garcia, which has no code of its own", "use IO"},
	"EA": {"it is reserved for Ceuta and Melilla, which have no code of their own", "use ES"},
	"EL": {"it is the European Union's abbreviation for Greece, and no ISO code", "use GR"},
	"EU": {"it is reserved for the European Union, which is no country", "name the countries"},
	"EZ": {"it is reserved for the euro area, which is no country", "name the countries"},
	"FX": {"it was withdrawn for Metropolitan France in 1997", "use FR"},
	"IC": {"it is reserved for the Canary Islands, which have no code of their own", "use ES"},
	"NT": {"it was withdrawn with the Neutral Zone in 1993", "use IQ and SA"},
	"SU": {"it was withdrawn with the Soviet Union in 1992", "use RU and the other successors"},
	"TA": {"it is reserved for Tristan da Cunha, which has no code of its own", "use SH"},
	"TP": {"it was withdrawn for East Timor in 2002", "use TL"},
	"UK": {"it is reserved and not assigned: Suricata takes it and never matches, AWS refuses it (its own documentation has it in an example)", "use GB"},
	"UN": {"it is reserved for the United Nations, which are no country", "name the countries"},
	"YU": {"it was withdrawn with Yugoslavia in 2003", "use RS and ME"},
	"ZR": {"it was withdrawn with Zaire in 1997", "use CD"},
	"A1": {"it is no country but a mark of old databases (anonymous proxy)", ""},
	"A2": {"it is no country but a mark of old databases (satellite provider)", ""},
	"O1": {"it is no country but a mark of old databases (other)", ""},
}

// countryNames are the assigned codes of ISO 3166-1 alpha-2, and XK, with names as
// newspapers write them.
var countryNames = map[string]string{
	"AD": "Andorra", "AE": "United Arab Emirates", "AF": "Afghanistan", "AG": "Antigua and Barbuda",
	"AI": "Anguilla", "AL": "Albania", "AM": "Armenia", "AO": "Angola", "AQ": "Antarctica",
	"AR": "Argentina", "AS": "American Samoa", "AT": "Austria", "AU": "Australia", "AW": "Aruba",
	"AX": "Aland Islands", "AZ": "Azerbaijan",
	"BA": "Bosnia and Herzegovina", "BB": "Barbados", "BD": "Bangladesh", "BE": "Belgium",
	"BF": "Burkina Faso", "BG": "Bulgaria", "BH": "Bahrain", "BI": "Burundi", "BJ": "Benin",
	"BL": "Saint Barthelemy", "BM": "Bermuda", "BN": "Brunei", "BO": "Bolivia",
	"BQ": "Caribbean Netherlands", "BR": "Brazil", "BS": "Bahamas", "BT": "Bhutan",
	"BV": "Bouvet Island", "BW": "Botswana", "BY": "Belarus", "BZ": "Belize",
	"CA": "Canada", "CC": "Cocos Islands", "CD": "DR Congo", "CF": "Central African Republic",
	"CG": "Republic of the Congo", "CH": "Switzerland", "CI": "Cote d'Ivoire", "CK": "Cook Islands",
	"CL": "Chile", "CM": "Cameroon", "CN": "China", "CO": "Colombia", "CR": "Costa Rica", "CU": "Cuba",
	"CV": "Cape Verde", "CW": "Curacao", "CX": "Christmas Island", "CY": "Cyprus", "CZ": "Czechia",
	"DE": "Germany", "DJ": "Djibouti", "DK": "Denmark", "DM": "Dominica", "DO": "Dominican Republic",
	"DZ": "Algeria",
	"EC": "Ecuador", "EE": "Estonia", "EG": "Egypt", "EH": "Western Sahara", "ER": "Eritrea",
	"ES": "Spain", "ET": "Ethiopia",
	"FI": "Finland", "FJ": "Fiji", "FK": "Falkland Islands", "FM": "Micronesia", "FO": "Faroe Islands",
	"FR": "France",
	"GA": "Gabon", "GB": "United Kingdom", "GD": "Grenada", "GE": "Georgia", "GF": "French Guiana",
	"GG": "Guernsey", "GH": "Ghana", "GI": "Gibraltar", "GL": "Greenland", "GM": "Gambia",
	"GN": "Guinea", "GP": "Guadeloupe", "GQ": "Equatorial Guinea", "GR": "Greece",
	"GS": "South Georgia and the South Sandwich Islands", "GT": "Guatemala", "GU": "Guam",
	"GW": "Guinea-Bissau", "GY": "Guyana",
	"HK": "Hong Kong", "HM": "Heard Island and McDonald Islands", "HN": "Honduras", "HR": "Croatia",
	"HT": "Haiti", "HU": "Hungary",
	"ID": "Indonesia", "IE": "Ireland", "IL": "Israel", "IM": "Isle of Man", "IN": "India",
	"IO": "British Indian Ocean Territory", "IQ": "Iraq", "IR": "Iran", "IS": "Iceland", "IT": "Italy",
	"JE": "Jersey", "JM": "Jamaica", "JO": "Jordan", "JP": "Japan",
	"KE": "Kenya", "KG": "Kyrgyzstan", "KH": "Cambodia", "KI": "Kiribati", "KM": "Comoros",
	"KN": "Saint Kitts and Nevis", "KP": "North Korea", "KR": "South Korea", "KW": "Kuwait",
	"KY": "Cayman Islands", "KZ": "Kazakhstan",
	"LA": "Laos", "LB": "Lebanon", "LC": "Saint Lucia", "LI": "Liechtenstein", "LK": "Sri Lanka",
	"LR": "Liberia", "LS": "Lesotho", "LT": "Lithuania", "LU": "Luxembourg", "LV": "Latvia",
	"LY": "Libya",
	"MA": "Morocco", "MC": "Monaco", "MD": "Moldova", "ME": "Montenegro", "MF": "Saint Martin",
	"MG": "Madagascar", "MH": "Marshall Islands", "MK": "North Macedonia", "ML": "Mali", "MM": "Myanmar",
	"MN": "Mongolia", "MO": "Macau", "MP": "Northern Mariana Islands", "MQ": "Martinique",
	"MR": "Mauritania", "MS": "Montserrat", "MT": "Malta", "MU": "Mauritius", "MV": "Maldives",
	"MW": "Malawi", "MX": "Mexico", "MY": "Malaysia", "MZ": "Mozambique",
	"NA": "Namibia", "NC": "New Caledonia", "NE": "Niger", "NF": "Norfolk Island", "NG": "Nigeria",
	"NI": "Nicaragua", "NL": "Netherlands", "NO": "Norway", "NP": "Nepal", "NR": "Nauru", "NU": "Niue",
	"NZ": "New Zealand",
	"OM": "Oman",
	"PA": "Panama", "PE": "Peru", "PF": "French Polynesia", "PG": "Papua New Guinea",
	"PH": "Philippines", "PK": "Pakistan", "PL": "Poland", "PM": "Saint Pierre and Miquelon",
	"PN": "Pitcairn", "PR": "Puerto Rico", "PS": "Palestine", "PT": "Portugal", "PW": "Palau",
	"PY": "Paraguay",
	"QA": "Qatar",
	"RE": "Reunion", "RO": "Romania", "RS": "Serbia", "RU": "Russia", "RW": "Rwanda",
	"SA": "Saudi Arabia", "SB": "Solomon Islands", "SC": "Seychelles", "SD": "Sudan", "SE": "Sweden",
	"SG": "Singapore", "SH": "Saint Helena, Ascension and Tristan da Cunha", "SI": "Slovenia",
	"SJ": "Svalbard and Jan Mayen", "SK": "Slovakia", "SL": "Sierra Leone", "SM": "San Marino",
	"SN": "Senegal", "SO": "Somalia", "SR": "Suriname", "SS": "South Sudan",
	"ST": "Sao Tome and Principe", "SV": "El Salvador", "SX": "Sint Maarten", "SY": "Syria",
	"SZ": "Eswatini",
	"TC": "Turks and Caicos Islands", "TD": "Chad", "TF": "French Southern Territories", "TG": "Togo",
	"TH": "Thailand", "TJ": "Tajikistan", "TK": "Tokelau", "TL": "Timor-Leste", "TM": "Turkmenistan",
	"TN": "Tunisia", "TO": "Tonga", "TR": "Turkey", "TT": "Trinidad and Tobago", "TV": "Tuvalu",
	"TW": "Taiwan", "TZ": "Tanzania",
	"UA": "Ukraine", "UG": "Uganda", "UM": "US Minor Outlying Islands", "US": "United States",
	"UY": "Uruguay", "UZ": "Uzbekistan",
	"VA": "Vatican City", "VC": "Saint Vincent and the Grenadines", "VE": "Venezuela",
	"VG": "British Virgin Islands", "VI": "US Virgin Islands", "VN": "Vietnam", "VU": "Vanuatu",
	"WF": "Wallis and Futuna", "WS": "Samoa",
	"XK": "Kosovo",
	"YE": "Yemen", "YT": "Mayotte",
	"ZA": "South Africa", "ZM": "Zambia", "ZW": "Zimbabwe",
}
